import type { Node } from '../../ir/node.js';
import { rankOf } from '../../ir/types.js';
import type { OperatorRule } from './target.js';

/**
 * The operators that onnxruntime's CPU provider runs as integer kernels when DequantizeLinear stands before
 * and QuantizeLinear behind them (measured on 1.30; the conditions are those of its QDQ selectors,
 * onnxruntime/core/optimizer/qdq_transformer/selectors_actions/).
 */
export const onnxruntimeCpuRules: readonly OperatorRule[] = [
  {
    operators: ['Conv'],
    role: 'compute',
    dataInputs: () => [0],
    weights: () => ({ index: 1, channelAxis: 0, biasIndex: 2 }),
    refuse: (node) => refuseWeights(node, 1, 2),
  },
  {
    operators: ['Gemm'],
    role: 'compute',
    dataInputs: () => [0],
    weights: (node) => ({ index: 1, channelAxis: node.int('transB', 0) === 0 ? 1 : 0, biasIndex: 2 }),
    refuse: (node) => {
      if (node.int('transA', 0) !== 0) return 'its first operand is transposed';
      return refuseWeights(node, 1, 2) ?? refuseGemmBias(node);
    },
  },
  {
    operators: ['MatMul'],
    role: 'compute',
    dataInputs: () => [0],
    weights: (node) => ({
      index: 1,
      channelAxis: node.inputs[1]?.constant?.dims.length === 2 ? 1 : undefined,
      biasIndex: undefined,
    }),
    refuse: (node) => {
      const rank = node.inputs[1]?.constant?.dims.length;
      if (rank === undefined) return 'its second operand is no constant';
      return rank < 2 ? 'its weights are a vector' : undefined;
    },
  },
  { operators: ['Add', 'Mul'], role: 'arithmetic', dataInputs: () => [0, 1], refuse: refuseInfinite },
  { operators: ['Concat'], role: 'arithmetic', dataInputs: allInputs, refuse: refuseInfinite },
  {
    operators: ['AveragePool', 'GlobalAveragePool', 'LeakyRelu'],
    role: 'arithmetic',
    dataInputs: firstInput,
  },
  { operators: ['Sigmoid'], role: 'arithmetic', dataInputs: firstInput, outputRange: { low: 0, high: 1 } },
  {
    operators: ['MaxPool'],
    role: 'layout',
    dataInputs: firstInput,
    refuse: (node) => (node.outputs.length > 1 ? 'its indices are read' : undefined),
  },
  {
    operators: [
      'Reshape',
      'Flatten',
      'Transpose',
      'Squeeze',
      'Unsqueeze',
      'Slice',
      'Split',
      'Gather',
      'Expand',
      'Tile',
    ],
    role: 'layout',
    dataInputs: firstInput,
    refuse: (node) => (node.inputs[0]?.constant === undefined ? undefined : 'its data is a constant'),
  },
  {
    operators: ['Resize'],
    role: 'layout',
    dataInputs: firstInput,
    refuse: (node) => (node.string('mode', 'nearest') === 'nearest' ? undefined : 'it interpolates'),
  },
];

function firstInput(): readonly number[] {
  return [0];
}

function allInputs(node: Node): readonly number[] {
  return node.inputs.map((_, index) => index);
}

/** Masks hold -Infinity, or nearly: no scale has room for them and for anything else. */
function refuseInfinite(node: Node): string | undefined {
  const infinite = node.inputs.some((value) =>
    value?.constant?.toFloat32().some((element) => !(Math.abs(element) < 1e30)),
  );
  return infinite ? 'a constant of it is infinite' : undefined;
}

function refuseWeights(node: Node, weights: number, bias: number): string | undefined {
  if (node.inputs[weights]?.constant === undefined) return 'its weights are no constant';
  const given = node.inputs[bias];
  return given !== undefined && given.constant === undefined ? 'its bias is no constant' : undefined;
}

/** The integer kernel adds one bias a column. */
function refuseGemmBias(node: Node): string | undefined {
  const bias = node.inputs[2]?.constant;
  if (bias === undefined) return undefined;
  const columns = node.inputs[1]?.constant?.dims[node.int('transB', 0) === 0 ? 1 : 0];
  const row = bias.size === 1 || (bias.size === columns && bias.dims.at(-1) === columns);
  return row && (rankOf(node.inputs[2]?.type) ?? 0) <= 2 ? undefined : 'its bias differs from row to row';
}
