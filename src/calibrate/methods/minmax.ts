import { fitRange, type RangeMethod } from '../range-method.js';

export const minmax: RangeMethod = {
  name: 'minmax',
  summary: 'From the smallest to the largest value seen: nothing is clipped, rare outliers cost resolution',
  choose: (histogram, grid) => fitRange(histogram.min, histogram.max, grid),
};
