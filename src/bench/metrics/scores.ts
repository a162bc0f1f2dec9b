import { InferOptError } from '../../errors.js';
import { isFloat } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';

/** The dims that are not 1: what is left says what the numbers mean. */
export function squeezed(tensor: Tensor): number[] {
  return tensor.dims.filter((dim) => dim !== 1);
}

/**
 * The output that holds one score a class: the only float output with a single dim beside ones (at least two
 * classes); of several, the one with the right number of classes, the first on a tie.
 * @param leastClasses how many classes there are at least, from the labels seen so far
 */
export function scoresOutput(outputs: ReadonlyMap<string, Tensor>, leastClasses = 2): string | undefined {
  const found = [...outputs].filter(
    ([, output]) => isFloat(output.dtype) && squeezed(output).length === 1 && output.size >= 2,
  );
  return (found.find(([, output]) => output.size >= leastClasses) ?? found[0])?.[0];
}

/** Position of the largest value among `length` values from `from` on, the first of equals; -1 when all are NaN. */
export function argmax(values: ArrayLike<number>, from = 0, length = values.length): number {
  let best = -1;
  let bestValue = -Infinity;
  for (let i = 0; i < length; i++) {
    const value = values[from + i]!;
    if (value > bestValue || (best < 0 && value === bestValue)) {
      best = i;
      bestValue = value;
    }
  }
  return best;
}

/** How many classes stand before `label`: those with a larger score, and those with the same score and a smaller number. */
export function rankOf(scores: ArrayLike<number>, label: number): number {
  const score = scores[label];
  if (score === undefined || Number.isNaN(score)) return Infinity;
  let before = 0;
  for (let i = 0; i < scores.length; i++) {
    const other = scores[i]!;
    if (other > score || (other === score && i < label)) before++;
  }
  return before;
}

/** The label of a sample as a class of these scores. Throws `data` where there is no such class. */
export function labelOf(sample: string, scores: Tensor, label: number): number {
  if (Number.isInteger(label) && label >= 0 && label < scores.size) return label;
  throw new InferOptError(
    'data',
    `sample ${sample} has label ${label}, and the output scores ${scores.size} classes`,
    { hint: 'labels count from 0' },
  );
}

/**
 * Scores as probabilities: as they are where they already are some (none below 0, sum 1), else by softmax.
 */
export function probabilities(scores: ArrayLike<number>, from = 0, length = scores.length): Float64Array {
  const values = Float64Array.from({ length }, (_, i) => scores[from + i]!);
  const sum = values.reduce((total, value) => total + value, 0);
  if (values.every((value) => value >= 0) && Math.abs(sum - 1) < 1e-3) return values;
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = values.map((value) => Math.exp(value - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/** The only float output, or the first of several. */
export function floatOutput(outputs: ReadonlyMap<string, Tensor>): Tensor | undefined {
  return [...outputs.values()].find(({ dtype }) => isFloat(dtype));
}
