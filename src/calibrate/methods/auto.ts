import { squaredError } from '../quantization-error.js';
import type { RangeMethod } from '../range-method.js';
import { minmax } from './minmax.js';
import { mse } from './mse.js';

/** Clipping must save at least this share of the squared error: it distorts the values that carry most. */
const worthClipping = 1 / 3;

export const auto: RangeMethod = {
  name: 'auto',
  summary:
    'Per tensor: min-max, or the mse range where clipping saves a third of the squared error; mse for all where outputs are closer by a decibel',
  rivals: [mse],
  choose(histogram, grid) {
    const whole = minmax.choose(histogram, grid);
    const clipped = mse.choose(histogram, grid);
    const points = histogram.points();
    const saved = 1 - squaredError(points, clipped, grid) / squaredError(points, whole, grid);
    return saved >= worthClipping ? clipped : whole;
  },
};
