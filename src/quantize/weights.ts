import { Tensor } from '../tensor/tensor.js';
import { clamp, roundHalfEven, smallestScale } from './affine.js';
import { leastErrorScale, type WeightScales } from './weight-scales.js';

/** Integer weights with one scale for each index along `axis`, or a single one without an axis; zero point 0. */
export interface QuantizedWeights {
  /** int8, of the weights' dims. */
  readonly values: Tensor;
  /** float32: a vector along the axis, or a scalar. */
  readonly scale: Tensor;
  readonly axis: number | undefined;
}

/**
 * Symmetric int8 weights: scale = max|w| / bound along the axis (or the one with the least squared error), round to
 * nearest with ties to even. `bound` is 127, 64 where pairs of products saturate (x86 without VNNI), 7 for 4 bits. `leastScales` raises scales, one a channel,
 * where the bias would not fit into int32 otherwise. A channel of zeros has no scale of its own: it takes the
 * least one, with which its bias keeps all of its digits, or 1.
 */
export function quantizeWeights(
  weights: Tensor,
  axis: number | undefined,
  bound: number,
  leastScales?: ArrayLike<number>,
  fit: WeightScales = 'max',
): QuantizedWeights {
  const source = weights.toFloat32();
  const { channels, inner } = layout(weights.dims, axis);
  const largest = new Float64Array(channels);
  for (let i = 0; i < source.length; i++) {
    const channel = Math.floor(i / inner) % channels;
    const magnitude = Math.abs(source[i]!);
    if (magnitude > largest[channel]!) largest[channel] = magnitude;
  }
  const scales = Float32Array.from(largest, (value, channel) => {
    const wanted =
      fit === 'mse'
        ? leastErrorScale(channelOf(source, channel, channels, inner), value, bound)
        : value / bound;
    const scale = Math.max(wanted, leastScales?.[channel] ?? 0);
    return scale >= smallestScale ? scale : 1;
  });
  const values = new Int8Array(source.length);
  for (let i = 0; i < source.length; i++) {
    const scale = scales[Math.floor(i / inner) % channels]!;
    values[i] = clamp(roundHalfEven(source[i]! / scale), -bound, bound);
  }
  return {
    values: Tensor.of('int8', weights.dims, values),
    scale: Tensor.float32(axis === undefined ? [] : [channels], scales),
    axis,
  };
}

/** The elements of one channel. */
function channelOf(source: Float32Array, channel: number, channels: number, inner: number): Float32Array {
  const outer = source.length / (channels * inner);
  const result = new Float32Array(outer * inner);
  for (let at = 0; at < outer; at++) {
    const start = (at * channels + channel) * inner;
    result.set(source.subarray(start, start + inner), at * inner);
  }
  return result;
}

/** How many channels lie along an axis, and how many elements one step along it spans. */
function layout(dims: readonly number[], axis: number | undefined): { channels: number; inner: number } {
  if (axis === undefined)
    return {
      channels: 1,
      inner: Math.max(
        1,
        dims.reduce((a, b) => a * b, 1),
      ),
    };
  return { channels: dims[axis]!, inner: dims.slice(axis + 1).reduce((a, b) => a * b, 1) };
}
