import { attention, multiHeadAttention, projectedAttention } from './attention.js';
import { convolution, transposedConvolution } from './convolution.js';
import { elementwise } from './elementwise.js';
import { concat, split } from './joining.js';
import { filled, passing, reshape, transpose } from './layout.js';
import { averages, layerNormalization, perChannel, skipLayerNormalization } from './normalization.js';
import { pooling, reductions } from './pooling.js';
import { gemm, matMul } from './products.js';
import { recurrent } from './recurrent.js';
import type { Rule } from './rule.js';
import { shape } from './shape.js';

/** Every rule; no operator stands in two of them. */
export const rules: readonly Rule[] = [
  convolution,
  transposedConvolution,
  gemm,
  matMul,
  recurrent,
  attention,
  multiHeadAttention,
  projectedAttention,
  elementwise,
  perChannel,
  layerNormalization,
  skipLayerNormalization,
  averages,
  pooling,
  reductions,
  concat,
  split,
  transpose,
  reshape,
  passing,
  filled,
  shape,
];

const byOperator = new Map(rules.flatMap((rule) => rule.operators.map((name) => [name, rule] as const)));

/** The rule of an operator, by its qualified name. */
export function ruleOf(operator: string): Rule | undefined {
  return byOperator.get(operator);
}
