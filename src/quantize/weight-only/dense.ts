import { attribute } from '../../ir/attribute.js';
import { tensorType } from '../../ir/types.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import type { Edit } from '../../passes/edit.js';
import { constantOf } from '../../passes/match.js';
import type { Tensor } from '../../tensor/tensor.js';
import { denseBias, denseWeights, refuseDense } from '../dense-node.js';
import { quantizeBlocks, type BlockWeights } from './block-weights.js';
import { packedBlocks } from './packed.js';
import type { WeightContext, WeightRewrite } from './rewrite.js';
import { roundBlocks } from './round-blocks.js';
import { turn, typedBlocks } from './typed.js';

/**
 * MatMulNBits rounds activations to 8 bits for each block at this level: the only one with an 8-bit kernel
 * (30 times faster than the way around it), the faster one at 4 bits, and what the runtime itself takes when it
 * makes a MatMulNBits of a DequantizeLinear.
 */
const accuracyLevel = 4;

/** MatMul and Gemm with constant weights of rank 2. */
export const dense: WeightRewrite = {
  name: 'dense',
  summary:
    'MatMul and Gemm read weights of few bits (com.microsoft.MatMulNBits, or blocked DequantizeLinear)',
  operators: ['MatMul', 'Gemm'],
  refuse: (node) => refuseDense(node),
  apply(node, edit, context) {
    const { source, transposed } = denseWeights(node)!;
    const [rows, columns] = transposed ? source.constant!.dims : [...source.constant!.dims].reverse();
    const product =
      context.form === 'qdq'
        ? dequantized(node, edit, context)
        : packed(node, edit, context, rows!, columns!);
    edit.replace(node.outputs[0]!, denseBias(node, product, edit));
  },
};

function packed(node: Node, edit: Edit, context: WeightContext, rows: number, columns: number): Value {
  const { format } = context;
  const parts = constantsOf(node, context, (weights) => {
    const { codes, scales, zeroPoints } = packedBlocks(weights);
    return {
      quantized: codes,
      scale: scales,
      ...(zeroPoints === undefined ? {} : { zero_point: zeroPoints }),
    };
  });
  context.useDomain('com.microsoft', 1);
  const replacement = edit.node(
    'MatMulNBits',
    [node.inputs[0], parts.quantized, parts.scale, ...(format.symmetric ? [] : [parts.zero_point])],
    {
      domain: 'com.microsoft',
      attributes: Object.entries({
        K: columns,
        N: rows,
        bits: format.bits,
        block_size: format.block,
        accuracy_level: accuracyLevel,
      }).map(([name, value]) => [name, attribute.int(value)]),
    },
  );
  return replacement.outputs[0]!;
}

function dequantized(node: Node, edit: Edit, context: WeightContext): Value {
  const { format } = context;
  const parts = constantsOf(node, context, (weights) => {
    const { integers, scales, zeroPoints } = typedBlocks(weights, true);
    return {
      quantized: integers,
      scale: scales,
      ...(zeroPoints === undefined ? {} : { zero_point: zeroPoints }),
    };
  });
  const real = edit.node(
    'DequantizeLinear',
    [parts.quantized, parts.scale, ...(format.symmetric ? [] : [parts.zero_point])],
    {
      outputName: `${denseWeights(node)!.source.name}_dequantized`,
      attributes: [
        ['axis', attribute.int(0)],
        ['block_size', attribute.int(format.block)],
      ],
    },
  );
  const weights = real.outputs[0]!;
  weights.type = tensorType('float32', parts.quantized!.constant!.dims);
  return edit.node('MatMul', [node.inputs[0], weights]).outputs[0]!;
}

/** What is made of a node's weights, once for all nodes that read them in the same way. */
function constantsOf(
  node: Node,
  context: WeightContext,
  make: (weights: BlockWeights) => Readonly<Record<string, Tensor>>,
): Readonly<Record<string, Value>> {
  const { source, transposed } = denseWeights(node)!;
  const alpha = node.is('Gemm') ? node.float('alpha', 1) : 1;
  // Shared weights are rounded for none of their readers in particular.
  const moments = source.useCount === 1 ? context.momentsOf(node) : undefined;
  return context.constants.of<string>(source, `blocks ${transposed} ${alpha}`, () => {
    const tensor = constantOf(source)!;
    const [first, second] = tensor.dims as [number, number];
    const columns = transposed ? second : first;
    const values = transposed ? tensor.toFloat32() : turn(tensor.toFloat32(), first, second);
    const scaled = alpha === 1 ? values : values.map((value) => value * alpha);
    const diagonal = moments === undefined ? undefined : diagonalOf(moments.groups[0]!, columns);
    const quantized = quantizeBlocks(scaled, columns, context.format, diagonal);
    return make(moments === undefined ? quantized : roundBlocks(scaled, quantized, moments));
  });
}

function diagonalOf(moments: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, at) => moments[at * n + at]!);
}
