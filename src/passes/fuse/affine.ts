import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { Tensor } from '../../tensor/tensor.js';
import type { DType } from '../../tensor/dtype.js';
import { miss, type Miss } from '../fusion.js';
import { constantOf, outputsUnusedFrom } from '../match.js';

/** `y = scale[c] * x + shift[c]` for each channel c (axis 1 of x), in float64. */
export interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/**
 * What a BatchNormalization does at inference: scale = gamma / sqrt(variance + epsilon),
 * shift = beta - mean * scale (ONNX operator specification). Undefined when it is written for training.
 */
export function affineOfBatchNormalization(node: Node): Affine | Miss | undefined {
  if (node.int('training_mode', 0) !== 0 || !outputsUnusedFrom(node, 1)) return undefined;
  if (node.int('spatial', 1) !== 1) return miss('it has statistics for every element, not for every channel');
  const [gamma, beta, mean, variance] = node.inputs
    .slice(1, 5)
    .map((value) => constantOf(value)?.toNumbers());
  if (gamma === undefined || beta === undefined || mean === undefined || variance === undefined) {
    return miss('its statistics are not constants');
  }
  const epsilon = node.float('epsilon', 1e-5);
  const scale = Float64Array.from(gamma, (one, c) => one / Math.sqrt(variance[c]! + epsilon));
  const shift = Float64Array.from(beta, (one, c) => one - mean[c]! * scale[c]!);
  return { scale, shift };
}

/**
 * What Mul, Div, Add or Sub with a constant does to `input`, whose rank and number of channels are known,
 * when the constant is one number or one for each channel. Undefined when it is neither.
 */
export function affineOfArithmetic(
  node: Node,
  input: Value,
  channels: number,
  rank: number,
): Affine | undefined {
  const at = node.inputs.indexOf(input);
  const other = constantOf(node.inputs[1 - at]);
  const numbers = other === undefined ? undefined : perChannel(other, channels, rank);
  if (numbers === undefined) return undefined;
  const ones = new Float64Array(channels).fill(1);
  const zeros = new Float64Array(channels);
  switch (node.opType) {
    case 'Mul':
      return { scale: numbers, shift: zeros };
    case 'Add':
      return { scale: ones, shift: numbers };
    case 'Div':
      return at === 0 ? { scale: numbers.map((one) => 1 / one), shift: zeros } : undefined;
    case 'Sub':
      return at === 0
        ? { scale: ones, shift: numbers.map((one) => -one) }
        : { scale: ones.map((one) => -one), shift: numbers };
    default:
      return undefined;
  }
}

/** A constant that broadcasts over everything but axis 1, as one number for each channel. */
function perChannel(tensor: Tensor, channels: number, rank: number): Float64Array | undefined {
  if (tensor.dims.length > rank) return undefined;
  // Broadcasting aligns the last axes.
  const channelAxis = tensor.dims.length - rank + 1;
  const others = tensor.dims.every((dim, axis) => axis === channelAxis || dim === 1);
  if (!others || (tensor.size !== 1 && tensor.size !== channels)) return undefined;
  const values = tensor.toNumbers();
  return Float64Array.from({ length: channels }, (_, c) => values[tensor.size === 1 ? 0 : c]!);
}

/** A tensor from float64 numbers, rounded once; undefined when one of them does not fit into the type. */
export function roundedTensor(
  dtype: DType,
  dims: readonly number[],
  values: Float64Array,
): Tensor | undefined {
  const tensor =
    dtype === 'float32'
      ? Tensor.float32(dims, new Float32Array(values))
      : Tensor.fromNumbers(dtype, dims, values);
  const stored = tensor.toNumbers();
  for (let i = 0; i < stored.length; i++) if (!Number.isFinite(stored[i])) return undefined;
  return tensor;
}

export const doesNotFit = 'a folded weight is not finite in its type';
