import type { FloatHistogram, HistogramPoint } from '../float-histogram.js';
import { fitRange, type RangeMethod } from '../range-method.js';

/** Share of the values that may be cut off at each end. */
const tail = 1e-5;

export const percentile: RangeMethod = {
  name: 'percentile',
  summary: 'Cuts off the outermost 0.001% of the values at each end',
  choose(histogram, grid) {
    const points = histogram.points();
    const low = quantile(points, histogram, tail);
    const high = quantile(points, histogram, 1 - tail);
    return fitRange(low, high, grid);
  },
};

/** The value below which `share` of all values lie, interpolated inside of its bucket; 0 where there are none. */
export function quantile(
  points: readonly HistogramPoint[],
  histogram: FloatHistogram,
  share: number,
): number {
  if (histogram.total === 0) return 0;
  const wanted = share * histogram.total;
  let below = 0;
  for (const point of points) {
    if (below + point.count >= wanted) {
      const inside = (wanted - below) / point.count - 0.5;
      return Math.min(Math.max(point.value + inside * point.width, histogram.min), histogram.max);
    }
    below += point.count;
  }
  return histogram.max;
}
