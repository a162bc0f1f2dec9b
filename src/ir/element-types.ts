import { dtypeFromCode, type DType } from '../tensor/dtype.js';
import type { Graph } from './graph.js';
import type { Model } from './model.js';
import type { Node } from './node.js';
import type { Value } from './value.js';

/**
 * Corrects float16 and float32 where an inferred type confuses them. A runtime without a float16 kernel
 * computes in float32 between casts of its own, and then tells the types of that: what the file means
 * follows from its operators. Models without float16 are left alone. Linear; nodes must stand in order.
 */
export function settleElementTypes(model: Model): void {
  if (!usesFloat16(model)) return;
  settle(model.graph);
}

function settle(graph: Graph): void {
  for (const node of graph.nodes()) {
    for (const body of node.subgraphs()) settle(body);
    const dtype = resultType(node);
    const [output] = node.outputs;
    // Results beyond the first, such as saved means, may be kept in float32 on purpose.
    const outputs = node.is('Split', 'LSTM', 'GRU', 'RNN', 'TopK') ? node.outputs : [output];
    if (dtype === undefined) continue;
    // A Cast says what it makes; it may have been merged with one that the runtime put in.
    if (node.is('Cast') && output !== undefined) correct(output, dtype);
    for (const value of outputs) if (value !== undefined && isConfused(value, dtype)) correct(value, dtype);
  }
}

function isConfused(value: Value, dtype: DType): boolean {
  const told = floatType(value);
  return told !== undefined && told !== dtype && isHalfOrSingle(told) && isHalfOrSingle(dtype);
}

function correct(value: Value, dtype: DType): void {
  if (value.type?.kind === 'tensor') value.type = { ...value.type, dtype };
}

/** What a node's operator makes of the element types that it reads; undefined where that is not known. */
function resultType(node: Node): DType | undefined {
  if (node.subgraphs().next().done !== true || node.domain !== '') return undefined;
  if (node.is('Cast')) return dtypeFromCode(node.int('to', 0));
  if (node.is('CastLike')) return floatType(node.inputs[1]);
  if (node.is('Constant')) return node.tensor('value')?.dtype ?? 'float32';
  if (node.is('ConstantOfShape')) return node.tensor('value')?.dtype ?? 'float32';
  const chosen = node.attributes.get('dtype') ?? node.attributes.get('output_dtype');
  if (chosen?.kind === 'int' && chosen.value !== 0n) return dtypeFromCode(Number(chosen.value));
  // Everything else computes in the type of the first float that it reads.
  for (const value of node.inputs) {
    const dtype = floatType(value);
    if (dtype !== undefined) return dtype;
  }
  return undefined;
}

function floatType(value: Value | undefined): DType | undefined {
  const dtype = value?.constant?.dtype ?? (value?.type?.kind === 'tensor' ? value.type.dtype : undefined);
  return dtype !== undefined && (isHalfOrSingle(dtype) || dtype === 'float64' || dtype === 'bfloat16')
    ? dtype
    : undefined;
}

function isHalfOrSingle(dtype: DType): boolean {
  return dtype === 'float16' || dtype === 'float32';
}

function usesFloat16(model: Model): boolean {
  for (const graph of model.graphs()) {
    for (const value of graph.values()) {
      if (value.constant?.dtype === 'float16') return true;
      if (value.producer === undefined && value.type?.kind === 'tensor' && value.type.dtype === 'float16')
        return true;
    }
    for (const node of graph.nodes()) {
      if (node.is('Cast') && resultType(node) === 'float16') return true;
      if (node.is('Constant', 'ConstantOfShape') && node.tensor('value')?.dtype === 'float16') return true;
    }
  }
  return false;
}
