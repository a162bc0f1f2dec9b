import type { HistogramPoint } from '../float-histogram.js';
import { squaredError } from '../quantization-error.js';
import { fitRange, type Grid, type Range, type RangeMethod } from '../range-method.js';

/** Shares of the full range that are tried; below a third of it the clipped values always cost more. */
const shrinks = Array.from({ length: 68 }, (_, index) => 1 - index / 100);

/** Points closer together than this share of the range are taken as one: a sixteenth of a step of 8 bits. */
const cells = 4096;

export const mse: RangeMethod = {
  name: 'mse',
  summary: 'The range with the smallest squared error of rounding and clipping together',
  choose(histogram, grid) {
    const full = fitRange(histogram.min, histogram.max, grid);
    const points = thinOut(histogram.points(), (full.high - full.low) / cells);
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

/**
 * Neighbours within a cell put together, so that the search takes the same time for every tensor. Far out,
 * where clipping is decided, values lie apart and stay what they are; zeros are exact and stay so as well.
 */
function thinOut(points: readonly HistogramPoint[], cell: number): readonly HistogramPoint[] {
  const thinned: HistogramPoint[] = [];
  let part: HistogramPoint[] = [];
  const flush = (): void => {
    if (part.length > 0) thinned.push(part.length === 1 ? part[0]! : together(part));
    part = [];
  };
  for (const point of points) {
    const first = part[0];
    const near = first !== undefined && first.value !== 0 && point.value !== 0;
    if (!near || end(point) - (first.value - first.width / 2) > cell) flush();
    part.push(point);
  }
  flush();
  return thinned;
}

function together(points: readonly HistogramPoint[]): HistogramPoint {
  const count = points.reduce((sum, point) => sum + point.count, 0);
  const value = points.reduce((sum, point) => sum + point.value * point.count, 0) / count;
  return { value, width: end(points.at(-1)!) - (points[0]!.value - points[0]!.width / 2), count };
}

function end(point: HistogramPoint): number {
  return point.value + point.width / 2;
}
