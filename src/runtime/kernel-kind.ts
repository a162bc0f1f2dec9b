import type { Node } from '../ir/node.js';
import { hasMacs } from './macs.js';

/**
 * What a kernel computes with: `integer` multiplies 8-bit integers, `weight-only` has small weights and
 * multiplies floats, `float` is neither.
 */
export type KernelKind = 'integer' | 'weight-only' | 'float';

const integer: ReadonlySet<string> = new Set([
  'QLinearConv',
  'QLinearMatMul',
  'QGemm',
  'ConvInteger',
  'MatMulInteger',
  'MatMulInteger16',
  'MatMulIntegerToFloat',
  'DynamicQuantizeMatMul',
  'DynamicQuantizeLSTM',
  'QAttention',
]);

const weightOnly: ReadonlySet<string> = new Set(['MatMulNBits', 'MatMulBnb4', 'MatMulFpQ4']);

/** The kind of a kernel of the runtime's own graph; undefined for one without multiply-accumulates. */
export function kernelKind(node: Node): KernelKind | undefined {
  if (!hasMacs(node)) return undefined;
  if (integer.has(node.opType)) return 'integer';
  return weightOnly.has(node.opType) ? 'weight-only' : 'float';
}

/** True for operators that turn floats into integers of fewer bits. */
export function isQuantize(node: Node | undefined): boolean {
  return node?.opType === 'QuantizeLinear' || node?.opType === 'DynamicQuantizeLinear';
}

export function isDequantize(node: Node | undefined): boolean {
  return node?.opType === 'DequantizeLinear';
}
