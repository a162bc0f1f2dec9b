import type { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import { staticDims } from '../ir/types.js';
import type { Value } from '../ir/value.js';
import { elementCount } from '../tensor/tensor.js';

type Dims = readonly number[] | undefined;

/** An operator call with the dims of what it reads and makes; undefined where unknown or left out. */
export interface Shaped {
  readonly node: Node;
  readonly inputs: readonly Dims[];
  readonly outputs: readonly Dims[];
}

/** Multiply-accumulate operations of a call; undefined where the dims do not say it. */
type Counter = (call: Shaped) => number | undefined;

/**
 * How many multiply-accumulate operations each operator needs, by the definitions of the operators
 * (https://onnx.ai/onnx/operators and onnxruntime's docs/ContribOperators.md). Element-wise operators,
 * pooling, normalization and transforms of signals do not count, as is usual.
 */
const counters: Readonly<Record<string, Counter>> = {
  Conv: convolution(1),
  FusedConv: convolution(1),
  NhwcFusedConv: convolution(1),
  ConvInteger: convolution(1),
  DeformConv: convolution(1),
  QLinearConv: convolution(3),
  ConvTranspose: ({ inputs: [x, w] }) => product(x, w?.slice(1)),
  Gemm: gemm,
  FusedGemm: gemm,
  QGemm: gemm,
  MatMul: matrixProduct,
  FusedMatMul: matrixProduct,
  TransposeMatMul: matrixProduct,
  FusedMatMulActivation: matrixProduct,
  MatMulInteger: matrixProduct,
  MatMulInteger16: matrixProduct,
  QLinearMatMul: matrixProduct,
  MatMulIntegerToFloat: matrixProduct,
  DynamicQuantizeMatMul: matrixProduct,
  MatMulNBits: matrixProduct,
  MatMulBnb4: matrixProduct,
  MatMulFpQ4: matrixProduct,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
  DynamicQuantizeLSTM: recurrent,
  Attention: (call) => (call.node.domain === '' ? attention(call) : projectedAttention(call)),
  QAttention: projectedAttention,
  MultiHeadAttention: multiHeadAttention,
  GroupQueryAttention: groupQueryAttention,
  Einsum: einsum,
};

/** Multiply-accumulate operations of a node, 0 for an operator that has none; undefined where its dims do not say. */
export function macsOf(call: Shaped): number | undefined {
  return hasMacs(call.node) ? counters[call.node.opType]!(call) : 0;
}

/** True for operators that multiply and accumulate: those where the time goes. */
export function hasMacs(node: Node): boolean {
  return Object.hasOwn(counters, node.opType);
}

export interface MacCount {
  readonly total: number;
  /** By node; nodes without any are absent. */
  readonly perNode: ReadonlyMap<Node, number>;
  /** Nodes that have some, whose dims are not known. */
  readonly unknown: readonly Node[];
}

/**
 * Multiply-accumulate operations of a model, for one run that passes each node once (bodies of loops and
 * both branches of an If are counted once). `dimsOf` tells the dims; without it, the values' types do.
 */
export function countMacs(model: Model, dimsOf: (value: Value) => Dims = knownDims): MacCount {
  const perNode = new Map<Node, number>();
  const unknown: Node[] = [];
  let total = 0;
  const dims = (value: Value | undefined): Dims => (value === undefined ? undefined : dimsOf(value));
  for (const graph of model.graphs()) {
    for (const node of graph.nodes()) {
      if (!hasMacs(node)) continue;
      const macs = macsOf({ node, inputs: node.inputs.map(dims), outputs: node.outputs.map(dims) });
      if (macs === undefined) unknown.push(node);
      else if (macs > 0) perNode.set(node, macs);
      total += macs ?? 0;
    }
  }
  return { total, perNode, unknown };
}

/** The dims of a value out of its content or its type. */
export function knownDims(value: Value): Dims {
  return value.constant?.dims ?? staticDims(value.type);
}

function product(...factors: readonly Dims[]): number | undefined {
  let result = 1;
  for (const dims of factors) {
    if (dims === undefined) return undefined;
    result *= elementCount(dims);
  }
  return result;
}

/** Each output element sums over a kernel: input channels of its group times the window. */
function convolution(weight: number): Counter {
  return ({ inputs, outputs: [y] }) => product(y, inputs[weight]?.slice(1));
}

function gemm({ node, inputs: [a], outputs: [y] }: Shaped): number | undefined {
  const depth = a?.[node.int('transA', 0) === 1 ? 0 : 1];
  return depth === undefined ? undefined : product(y, [depth]);
}

function matrixProduct({ node, inputs: [a], outputs: [y] }: Shaped): number | undefined {
  if (a === undefined) return undefined;
  const depth = node.int('transA', 0) === 1 ? a.at(-2) : a.at(-1);
  return depth === undefined ? undefined : product(y, [depth]);
}

/** Every step of every sequence multiplies with all input and all recurrent weights, whatever the gates are. */
function recurrent({ inputs: [x, w, r] }: Shaped): number | undefined {
  const input = product(w);
  const recurrence = product(r);
  if (x === undefined || input === undefined || recurrence === undefined) return undefined;
  return x[0]! * x[1]! * (input + recurrence);
}

/** The standard's Attention: scores, then the sum of values; inputs of rank 4 (with heads) or 3. */
function attention({ inputs: [q, k], outputs: [y, presentKey] }: Shaped): number | undefined {
  if (q === undefined || k === undefined || y === undefined) return undefined;
  const steps = presentKey?.[2] ?? (q.length === 4 ? k[2] : k[1]);
  if (steps === undefined) return undefined;
  // Per position: the query's elements for the scores, the result's elements for the sum, times all keys.
  return (elementCount(q) + elementCount(y)) * steps;
}

/** com.microsoft.Attention: the projection to queries, keys and values, then attention. */
function projectedAttention({ inputs: [x, w], outputs: [y, present] }: Shaped): number | undefined {
  const [batch, length] = x ?? [];
  if (batch === undefined || length === undefined || w === undefined || y === undefined) return undefined;
  const steps = present?.[3] ?? length;
  return batch * length * elementCount(w) + 2 * elementCount(y) * steps;
}

function multiHeadAttention({ inputs: [q, k], outputs: [y, presentKey] }: Shaped): number | undefined {
  // Keys packed together with queries or values have another rank, and say nothing about the lengths.
  if (q?.length !== 3 || y === undefined) return undefined;
  const steps = presentKey?.[2] ?? (k?.length === 4 ? k[2] : k?.length === 3 ? k[1] : undefined);
  return steps === undefined ? undefined : (elementCount(q) + elementCount(y)) * steps;
}

function groupQueryAttention({ outputs: [y, presentKey] }: Shaped): number | undefined {
  const steps = presentKey?.[2];
  return y === undefined || steps === undefined ? undefined : 2 * elementCount(y) * steps;
}

/** Two operands: one multiplication for each combination of all indices that occur. */
function einsum({ node, inputs }: Shaped): number | undefined {
  const [left = ''] = node.string('equation').replace(/\s/g, '').split('->');
  const operands = left.split(',');
  if (operands.length < 2) return 0;
  if (operands.length > 2 || left.includes('.')) return undefined;
  const lengths = new Map<string, number>();
  for (const [index, letters] of operands.entries()) {
    const dims = inputs[index];
    if (dims?.length !== letters.length) return undefined;
    for (const [axis, letter] of Array.from(letters).entries()) {
      lengths.set(letter, Math.max(dims[axis]!, lengths.get(letter) ?? 0));
    }
  }
  return elementCount([...lengths.values()]);
}
