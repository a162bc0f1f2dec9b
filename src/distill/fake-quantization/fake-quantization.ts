import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { roundHalfEven, smallestScale } from '../../quantize/affine.js';
import { Tensor } from '../../tensor/tensor.js';
import type { Emitter } from '../graph/emitter.js';

/**
 * Weights rounded in the forward pass as they will be stored: to whole multiples of a scale for each output channel,
 * the largest magnitude of a channel being `levels` of them. The gradient by what was rounded is taken for that by
 * the weight itself (straight-through, Bengio et al. 2013); scales follow the weights.
 */
export interface FakeQuantization {
  readonly name: string;
  readonly summary: string;
  /** Multiples on either side of zero. */
  readonly levels: number;
}

/** The axis of a weight that runs over outputs; undefined for what is not rounded. */
export function outputAxis(node: Node, rank: number): number | undefined {
  if (rank < 2) return undefined;
  if (node.is('Conv')) return 0;
  if (node.is('ConvTranspose')) return 1;
  if (node.is('Gemm')) return node.int('transB', 0) === 1 ? 0 : 1;
  return node.is('MatMul') ? rank - 1 : undefined;
}

/** Adds the rounding of a weight to the graph; the weight itself where it is not rounded. */
export function emitRounded(
  { levels }: FakeQuantization,
  emitter: Emitter,
  weight: Value,
  node: Node,
): Value {
  const dims = emitter.dims(weight);
  const axis = outputAxis(node, dims.length);
  if (axis === undefined) return weight;
  const others = dims.flatMap((_, at) => (at === axis ? [] : [at]));
  const largest = emitter.emit(
    'ReduceMax',
    emitter.opset >= 18
      ? [emitter.unary('Abs', weight), emitter.ints(others)]
      : [emitter.unary('Abs', weight)],
    dims.map((dim, at) => (at === axis ? dim : 1)),
    emitter.opset >= 18 ? { keepdims: 1 } : { axes: others, keepdims: 1 },
  );
  // A channel of zeros stays one.
  const scale = emitter.binary('Max', emitter.scale(largest, 1 / levels), emitter.scalar(smallestScale));
  return emitter.mul(emitter.unary('Round', emitter.div(weight, scale)), scale);
}

/** The same on a finished weight. */
export function rounded({ levels }: FakeQuantization, weight: Tensor, node: Node): Tensor {
  const axis = outputAxis(node, weight.dims.length);
  if (axis === undefined) return weight;
  const values = weight.toFloat32();
  const channels = weight.dims[axis]!;
  const inner = weight.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const channelOf = (index: number): number => Math.floor(index / inner) % channels;
  const largest = new Float32Array(channels);
  values.forEach((value, i) => {
    largest[channelOf(i)] = Math.max(largest[channelOf(i)]!, Math.abs(value));
  });
  const scales = largest.map((most) => Math.max(Math.fround(most * Math.fround(1 / levels)), smallestScale));
  return Tensor.float32(
    weight.dims,
    values.map(
      (value, i) => roundHalfEven(Math.fround(value / scales[channelOf(i)]!)) * scales[channelOf(i)]!,
    ),
  );
}
