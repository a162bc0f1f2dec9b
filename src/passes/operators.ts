import type { Node } from '../ir/node.js';
import { randomOperators } from '../ir/random-operators.js';

/** Domains whose operators are known to be functions of their inputs and nothing else. */
const pureDomains: ReadonlySet<string> = new Set(['', 'com.microsoft', 'ai.onnx.ml']);

/**
 * True when the same inputs always give the same outputs, so that a node may be computed beforehand or
 * shared: no random operator, no body, no operator of an unknown domain.
 */
export function isPure(node: Node): boolean {
  if (!pureDomains.has(node.domain) || (node.domain === '' && randomOperators.has(node.opType))) return false;
  if (node.is('Dropout') && node.inputs[2] !== undefined) return false;
  return !node.graph.holdsBodies || node.subgraphs().next().done === true;
}

/**
 * Quantize and dequantize nodes are marks for the runtime as much as arithmetic: computing them beforehand
 * would blow quantized weights up again, sharing them would break the groups that become integer kernels.
 */
export function isQuantizationMark(node: Node): boolean {
  return node.opType === 'QuantizeLinear' || node.opType === 'DequantizeLinear';
}
