import type { Range } from '../../calibrate/range-method.js';
import type { Tensor } from '../../tensor/tensor.js';

/** The range of a constant's elements, 0 included. */
export function constantRange(tensor: Tensor): Range {
  let low = 0;
  let high = 0;
  for (const value of tensor.toFloat32()) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

/** The smallest range that covers all of these. */
export function unionOf(ranges: readonly Range[]): Range {
  return {
    low: Math.min(0, ...ranges.map(({ low }) => low)),
    high: Math.max(0, ...ranges.map(({ high }) => high)),
  };
}
