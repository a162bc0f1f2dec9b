import type { HistogramPoint } from './float-histogram.js';
import type { Grid, Range } from './range-method.js';

/**
 * The sum of squared errors when the values behind `points` are rounded onto a grid over `range`: clipped
 * values by their distance to the edge, buckets narrow against the step by rounding their middle, wide ones
 * by the mean error step^2/12 of values that spread over several steps.
 */
export function squaredError(points: readonly HistogramPoint[], range: Range, grid: Grid): number {
  const step = (range.high - range.low) / grid.steps;
  if (step === 0) return points.reduce((sum, { value, count }) => sum + count * value * value, 0);
  const uniform = (step * step) / 12;
  // Where the integers really end: the zero point is one of them, so that the range shifts by up to half a step.
  const below = Math.round(-range.low / step);
  const low = -below * step;
  const high = (grid.steps - below) * step;
  let error = 0;
  for (const { value, width, count } of points) {
    if (value > high) error += count * (value - high) ** 2;
    else if (value < low) error += count * (value - low) ** 2;
    else if (width > step / 4) error += count * uniform;
    else error += count * (value - Math.round(value / step) * step) ** 2;
  }
  return error;
}
