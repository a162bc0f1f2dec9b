import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InferOptError, messageOf } from '../../errors.js';
import type { Answer, LabelMetric } from './metric.js';

/** An output or a label as a user's module gets it. */
export interface PlainTensor {
  readonly dims: readonly number[];
  readonly data: readonly (number | string)[] | ArrayLike<number>;
}

interface Kept {
  readonly outputs: Readonly<Record<string, PlainTensor>>;
  readonly label: number | PlainTensor | undefined;
}

/**
 * A user's own metric, `score`: a module that exports `score(outputs, labels)`, called once a model with the outputs of
 * all samples (an object by output name each) and their labels. It returns a number, or one number a sample, whose
 * mean is the score and from which an interval can be made; larger is better. The module is code and is run.
 * Throws `usage` when it cannot be loaded or has no such function.
 */
export async function loadOwnMetric(path: string): Promise<LabelMetric> {
  const score = await loadFunction('--metric', path, 'score', '(outputs, labels)');
  return {
    name: 'score',
    summary: `score of ${path}`,
    tasks: [],
    better: 'higher',
    kind: 'values',
    keep: plainOf,
    async settle(kept) {
      const answers = kept as readonly Kept[];
      let found: unknown;
      try {
        found = await score(
          answers.map(({ outputs }) => outputs),
          answers.map(({ label }) => label),
        );
      } catch (thrown) {
        throw new InferOptError('usage', `--metric ${path}: score failed: ${messageOf(thrown)}`, {
          cause: thrown,
        });
      }
      const numbers: unknown = typeof found === 'number' ? [found] : found;
      const valid =
        Array.isArray(numbers) &&
        numbers.every((value) => typeof value === 'number' && Number.isFinite(value)) &&
        (numbers.length === 1 || numbers.length === answers.length);
      if (!valid) {
        throw new InferOptError(
          'usage',
          `--metric ${path}: score returned neither a finite number nor one for each of ${answers.length} samples`,
        );
      }
      return numbers as number[];
    },
    value: (kept) => (kept as readonly number[]).reduce((sum, value) => sum + value, 0) / kept.length,
  };
}

/** A function of a user's module, which is code and is run. Throws `usage` when there is none. */
export async function loadFunction(
  flag: string,
  path: string,
  name: string,
  parameters: string,
): Promise<(...values: unknown[]) => unknown> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(resolve(path)).href);
  } catch (thrown) {
    throw new InferOptError('usage', `${flag} ${path}: it cannot be loaded: ${messageOf(thrown)}`, {
      hint: `name an ES module (.mjs) that exports ${name}${parameters}`,
    });
  }
  const found = (module as Readonly<Record<string, unknown>>)[name];
  if (typeof found !== 'function')
    throw new InferOptError('usage', `${flag} ${path}: it exports no function ${name}${parameters}`);
  return found as (...values: unknown[]) => unknown;
}

/** Outputs as a user's module gets them. */
export function plainOutputs(outputs: Answer['outputs']): Readonly<Record<string, PlainTensor>> {
  return Object.fromEntries(
    [...outputs].map(([name, tensor]) => [
      name,
      { dims: tensor.dims, data: tensor.dtype === 'string' ? texts(tensor.strings) : tensor.toNumbers() },
    ]),
  );
}

function plainOf({ outputs, label, target }: Answer): Kept {
  return {
    outputs: plainOutputs(outputs),
    label: target ? { dims: target.dims, data: target.toNumbers() } : label,
  };
}

function texts(strings: readonly Uint8Array[]): string[] {
  const decoder = new TextDecoder();
  return strings.map((text) => decoder.decode(text));
}
