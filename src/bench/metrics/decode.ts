import { InferOptError, messageOf } from '../../errors.js';
import { meanAveragePrecision, sceneOf, type Scene } from './detection.js';
import type { LabelMetric } from './metric.js';
import { loadFunction, plainOutputs } from './own.js';

/**
 * `map50` for detectors whose outputs are no boxes yet (anchors, distributions, scores before non-maximum
 * suppression): a user's module exports `decode(outputs)`, which gets the outputs of one sample by name and returns rows
 * [x1, y1, x2, y2, score, class] in the units of the labels. Throws `usage` when it cannot be loaded or returns
 * something else.
 */
export async function loadDecode(path: string): Promise<LabelMetric<Scene>> {
  const decode = await loadFunction('--decode', path, 'decode', '(outputs)');
  return {
    ...meanAveragePrecision,
    keep({ sample, outputs, target }) {
      if (!target) return undefined;
      let rows: unknown;
      try {
        rows = decode(plainOutputs(outputs));
      } catch (thrown) {
        throw new InferOptError(
          'usage',
          `--decode ${path}: decode failed at sample ${sample}: ${messageOf(thrown)}`,
          { cause: thrown },
        );
      }
      if (!isRows(rows)) {
        throw new InferOptError(
          'usage',
          `--decode ${path}: decode returned no rows [x1, y1, x2, y2, score, class] at sample ${sample}`,
        );
      }
      return sceneOf(target, rows, sample);
    },
  };
}

function isRows(value: unknown): value is number[][] {
  return (
    Array.isArray(value) &&
    value.every(
      (row) =>
        (Array.isArray(row) || ArrayBuffer.isView(row)) &&
        (row as number[]).length === 6 &&
        Array.from(row as number[]).every(Number.isFinite),
    )
  );
}
