import type { HistogramPoint } from '../float-histogram.js';
import { squaredError } from '../quantization-error.js';
import { fitRange, type Grid, type Range, type RangeMethod } from '../range-method.js';

/** Shares of the full range that are tried; below a third of it the clipped values always cost more. */
const shrinks = Array.from({ length: 68 }, (_, index) => 1 - index / 100);

/** Points that are looked at: enough to tell ranges apart by less than a percent. */
const pointLimit = 4096;

export const mse: RangeMethod = {
  name: 'mse',
  summary: 'The range with the smallest squared error of rounding and clipping together',
  choose(histogram, grid) {
    const full = fitRange(histogram.min, histogram.max, grid);
    const points = thinOut(histogram.points());
    const both = best(points, grid, full, (share) => ({ low: full.low * share, high: full.high * share }));
    if (grid.symmetric || full.low === 0 || full.high === 0) return both;
    const upper = best(points, grid, both, (share) => ({ low: both.low, high: full.high * share }));
    return best(points, grid, upper, (share) => ({ low: full.low * share, high: upper.high }));
  },
};

function best(
  points: readonly HistogramPoint[],
  grid: Grid,
  start: Range,
  candidate: (share: number) => Range,
): Range {
  let chosen = start;
  let least = squaredError(points, start, grid);
  for (const share of shrinks) {
    const range = candidate(share);
    const error = squaredError(points, range, grid);
    if (error < least) {
      least = error;
      chosen = range;
    }
  }
  return chosen;
}

/** Neighbours put together, so that the search takes the same time for every tensor. */
function thinOut(points: readonly HistogramPoint[]): readonly HistogramPoint[] {
  const group = Math.ceil(points.length / pointLimit);
  if (group <= 1) return points;
  const thinned: HistogramPoint[] = [];
  for (let start = 0; start < points.length; start += group) {
    const part = points.slice(start, start + group);
    const count = part.reduce((sum, point) => sum + point.count, 0);
    const value = part.reduce((sum, point) => sum + point.value * point.count, 0) / count;
    const last = part.at(-1)!;
    const width = last.value + last.width / 2 - (part[0]!.value - part[0]!.width / 2);
    thinned.push({ value, width, count });
  }
  return thinned;
}
