import { InferOptError } from '../../errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { LabelMetric } from './metric.js';

type Box = readonly [x1: number, y1: number, x2: number, y2: number];

interface Found {
  readonly name: number;
  readonly score: number;
  readonly box: Box;
}

export interface Scene {
  readonly wanted: readonly { readonly name: number; readonly box: Box }[];
  readonly found: readonly Found[];
}

/** Boxes overlap enough when they share half of what they cover (PASCAL VOC). */
const leastOverlap = 0.5;

/**
 * Mean average precision at an overlap of 0.5, area under the precision-recall curve with precision made monotone
 * (PASCAL VOC 2010 on). Labels: rows [class, x1, y1, x2, y2], rows with a negative class do not count. Output: rows
 * [x1, y1, x2, y2, score, class], as most exporters write them behind non-maximum suppression.
 */
export const meanAveragePrecision: LabelMetric<Scene> = {
  name: 'map50',
  summary: 'mean average precision of boxes that overlap by half; output rows [x1, y1, x2, y2, score, class]',
  tasks: ['detection'],
  better: 'higher',
  kind: 'values',
  keep({ sample, outputs, target }) {
    const output = [...outputs.values()].find(({ dims }) => dims.at(-1) === 6);
    return target && output && sceneOf(target, rowsOf(output, 6, sample), sample);
  },
  value(kept) {
    const names = new Set(kept.flatMap(({ wanted }) => wanted.map(({ name }) => name)));
    if (names.size === 0) return 0;
    let sum = 0;
    for (const name of names) sum += averagePrecision(kept, name);
    return sum / names.size;
  },
};

/** @param found rows [x1, y1, x2, y2, score, class] */
export function sceneOf(target: Tensor, found: readonly (readonly number[])[], sample: string): Scene {
  return {
    wanted: rowsOf(target, 5, sample)
      .filter(([name]) => name! >= 0)
      .map(([name, ...box]) => ({ name: name!, box: box as unknown as Box })),
    found: found
      .filter(([, , , , score]) => score! > 0)
      .map(([x1, y1, x2, y2, score, name]) => ({
        name: Math.round(name!),
        score: score!,
        box: [x1!, y1!, x2!, y2!],
      })),
  };
}

function averagePrecision(scenes: readonly Scene[], name: number): number {
  let wanted = 0;
  const judged: { score: number; right: boolean }[] = [];
  for (const scene of scenes) {
    const open = scene.wanted.filter((one) => one.name === name).map(({ box }) => box);
    wanted += open.length;
    const found = scene.found.filter((one) => one.name === name).sort((a, b) => b.score - a.score);
    for (const { box, score } of found) {
      const overlaps = open.map((other) => overlap(box, other));
      const best = overlaps.reduce((top, value, i) => (value > (overlaps[top] ?? -1) ? i : top), -1);
      const right = best >= 0 && overlaps[best]! >= leastOverlap;
      if (right) open.splice(best, 1);
      judged.push({ score, right });
    }
  }
  judged.sort((a, b) => b.score - a.score);
  let hits = 0;
  const points = judged.map(({ right }, i) => {
    if (right) hits++;
    return { recall: hits / wanted, precision: hits / (i + 1) };
  });
  let area = 0;
  let ceiling = 0;
  for (let i = points.length - 1; i >= 0; i--) {
    ceiling = Math.max(ceiling, points[i]!.precision);
    area += ceiling * (points[i]!.recall - (points[i - 1]?.recall ?? 0));
  }
  return area;
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = (box: Box): number => (box[2] - box[0]) * (box[3] - box[1]);
  return (width * height) / (area(a) + area(b) - width * height);
}

function rowsOf(tensor: Tensor, columns: number, sample: string): number[][] {
  if (tensor.dims.at(-1) !== columns) {
    throw new InferOptError(
      'data',
      `sample ${sample}: boxes are rows of ${columns} numbers, and there are [${tensor.dims.join(', ')}]`,
    );
  }
  const values = tensor.toNumbers();
  return Array.from({ length: tensor.size / columns }, (_, row) =>
    Array.from({ length: columns }, (_unused, column) => values[row * columns + column]!),
  );
}
