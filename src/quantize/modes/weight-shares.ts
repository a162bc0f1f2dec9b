import type { Model } from '../../ir/model.js';
import { allOf } from '../../ir/walk.js';
import { fixedTensor } from '../fixed-tensor.js';

export interface WeightShares {
  /** Share of the weights that are multiplied in Conv. */
  readonly conv: number;
  /** Share of the weights that are multiplied in MatMul, Gemm and LSTM. */
  readonly dense: number;
  /** True when two computed values are multiplied with each other, as in attention. */
  readonly attention: boolean;
}

/** Where a model's weights work: a first idea of which mode can pay, without running it. */
export function weightShares(model: Model): WeightShares {
  let conv = 0;
  let dense = 0;
  let attention = false;
  for (const node of allOf(model)) {
    const size = Math.max(...node.inputs.slice(1, 3).map((value) => fixedTensor(value)?.size ?? 0), 0);
    if (node.is('Conv')) conv += size;
    else if (node.is('MatMul', 'Gemm', 'LSTM')) {
      dense += size;
      if (node.is('MatMul') && size === 0 && fixedTensor(node.inputs[0]) === undefined) attention = true;
    }
  }
  const total = conv + dense;
  return total === 0
    ? { conv: 0, dense: 0, attention }
    : { conv: conv / total, dense: dense / total, attention };
}
