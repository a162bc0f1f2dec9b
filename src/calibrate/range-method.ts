import type { FloatHistogram } from './float-histogram.js';

/** The part of the number line that an integer type shall cover. Always contains 0: padding must be exact. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The integer type that a range is chosen for. */
export interface Grid {
  /** Steps between the lowest and the highest integer: 255 for 8 bits. */
  readonly steps: number;
  /** True when the zero point must sit in the middle. */
  readonly symmetric: boolean;
}

/**
 * A way to choose a range. Adding one: a file that exports it, and a line in `methods/list.ts`. All of them
 * work from the same histogram, so that one run over the samples serves every method.
 */
export interface RangeMethod {
  /** What people type after `--calibration`. */
  readonly name: string;
  readonly summary: string;
  choose(histogram: FloatHistogram, grid: Grid): Range;
  /** Methods that are better for some models, as a comparison of the models' outputs shows. */
  readonly rivals?: readonly RangeMethod[];
}

/** The range widened to contain 0, and mirrored where the grid wants it. */
export function fitRange(low: number, high: number, grid: Grid): Range {
  const withZero = { low: Math.min(low, 0), high: Math.max(high, 0) };
  if (!grid.symmetric) return withZero;
  const bound = Math.max(-withZero.low, withZero.high);
  return { low: -bound, high: bound };
}
