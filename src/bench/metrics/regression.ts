import { InferOptError } from '../../errors.js';
import type { Answer, LabelMetric } from './metric.js';
import { floatOutput } from './scores.js';

/** Sums of a sample from which both metrics follow. */
interface Sums {
  readonly count: number;
  readonly absolute: number;
  readonly squared: number;
  readonly label: number;
  readonly labelSquared: number;
}

function sumsOf({ sample, outputs, label, target }: Answer): Sums | undefined {
  const output = floatOutput(outputs);
  const wanted = target?.toNumbers() ?? (label === undefined ? undefined : [label]);
  if (!output || !wanted) return undefined;
  const found = output.toNumbers();
  if (found.length !== wanted.length) {
    throw new InferOptError(
      'data',
      `sample ${sample} has ${wanted.length} numbers as its label, and the output has ${found.length}`,
    );
  }
  let [absolute, squared, sum, sumSquared] = [0, 0, 0, 0];
  for (let i = 0; i < found.length; i++) {
    const error = found[i]! - wanted[i]!;
    absolute += Math.abs(error);
    squared += error * error;
    sum += wanted[i]!;
    sumSquared += wanted[i]! ** 2;
  }
  return { count: found.length, absolute, squared, label: sum, labelSquared: sumSquared };
}

function total(kept: readonly Sums[], key: keyof Sums): number {
  return kept.reduce((sum, one) => sum + one[key], 0);
}

export const meanAbsoluteError: LabelMetric<Sums> = {
  name: 'mae',
  summary: 'mean absolute error against the label',
  tasks: ['regression'],
  better: 'lower',
  kind: 'values',
  keep: sumsOf,
  value: (kept) => total(kept, 'absolute') / total(kept, 'count'),
};

export const determination: LabelMetric<Sums> = {
  name: 'r2',
  summary: 'coefficient of determination: 1 less squared error over variance of the labels',
  tasks: ['regression'],
  better: 'higher',
  kind: 'values',
  keep: sumsOf,
  value(kept) {
    const variation = total(kept, 'labelSquared') - total(kept, 'label') ** 2 / total(kept, 'count');
    const error = total(kept, 'squared');
    return variation > 0 ? 1 - error / variation : error === 0 ? 1 : 0;
  },
};
