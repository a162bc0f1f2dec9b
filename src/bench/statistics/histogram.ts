import { quantileSorted } from './percentile.js';

/** Counts of values in bins of equal width between `from` and `to`, and of those above. */
export interface Histogram {
  readonly from: number;
  readonly to: number;
  readonly counts: number[];
  readonly beyond: number;
}

const bins = 40;
/** What lies above this quantile is counted and not binned: one stray value must not press all others into one bin. */
const cut = 0.99;

/** The histogram of at least one value, in the unit that they are given in. */
export function histogramOf(values: ArrayLike<number>): Histogram {
  const sorted = Float64Array.from(values).sort();
  const from = sorted[0]!;
  const to = quantileSorted(sorted, cut);
  const counts = Array.from({ length: to > from ? bins : 1 }, () => 0);
  let beyond = 0;
  for (const value of sorted) {
    if (value > to) beyond++;
    else {
      const bin = to > from ? Math.min(bins - 1, Math.floor(((value - from) / (to - from)) * bins)) : 0;
      counts[bin] = counts[bin]! + 1;
    }
  }
  return { from, to, counts, beyond };
}
