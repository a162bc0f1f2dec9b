import { Tensor } from '../tensor/tensor.js';
import { clamp, roundHalfEven } from './affine.js';

const int32Bound = 2 ** 31 - 1;

/**
 * The scale that the runtime demands of an integer bias, one a channel: exactly the float32 product of the
 * input's scale and the weights' scale. With any other one no kernel is fused.
 */
export function biasScales(inputScale: number, weightScales: Float32Array): Float32Array {
  return weightScales.map((scale) => Math.fround(Math.fround(inputScale) * scale));
}

/** Bias as int32 with zero point 0: round(b / scale), ties to even. */
export function quantizeBias(bias: Float32Array, scales: Float32Array): Tensor {
  const perTensor = scales.length === 1;
  const values = Int32Array.from(bias, (value, channel) =>
    clamp(roundHalfEven(value / scales[perTensor ? 0 : channel]!), -int32Bound, int32Bound),
  );
  return Tensor.of('int32', [bias.length], values);
}

/**
 * The least weight scale, for each channel, with which the bias does not saturate: a channel whose weights
 * are tiny against its bias would lose the bias otherwise. Half of the int32 range is left to the sums.
 */
export function leastWeightScales(bias: Float32Array, inputScale: number): Float64Array {
  return Float64Array.from(bias, (value) => Math.abs(value) / (inputScale * (int32Bound / 2)));
}
