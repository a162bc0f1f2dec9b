import type { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import { allOf } from '../ir/walk.js';
import type { Tensor } from '../tensor/tensor.js';

/** Zeros among the weights that are multiplied (Conv, ConvTranspose, Gemm, MatMul; biases apart). */
export interface Sparsity {
  /** Zeros over all weights, 0 without weights. */
  readonly share: number;
  /** Whether every layer that can hold the pattern along its sums does; false without such a layer. */
  readonly pattern: { readonly '2:4': boolean };
}

/** How weights are stored: `kept` of every `of` neighbours along the axis that is summed over are not zero. */
export interface Pattern {
  readonly kept: number;
  readonly of: number;
}

/** Constant weights of a multiplying node and the axis that its sums run along; undefined for other nodes. */
export function weightsOf(node: Node): { tensor: Tensor; sumAxis: number } | undefined {
  const tensor = node.inputs[1]?.constant;
  if (tensor === undefined || tensor.dtype === 'string' || tensor.dims.length < 2) return undefined;
  if (node.is('Conv')) return { tensor, sumAxis: 1 };
  if (node.is('ConvTranspose')) return { tensor, sumAxis: 0 };
  if (node.is('Gemm')) return { tensor, sumAxis: node.int('transB', 0) === 0 ? 0 : 1 };
  return node.is('MatMul') ? { tensor, sumAxis: tensor.dims.length - 2 } : undefined;
}

/** Counts every weight tensor once, however many nodes read it. */
export function sparsityOf(model: Model): Sparsity {
  const seen = new Set<Tensor>();
  let zeros = 0;
  let total = 0;
  let eligible = 0;
  let holding = 0;
  for (const node of allOf(model)) {
    const weights = weightsOf(node);
    if (weights === undefined || seen.has(weights.tensor)) continue;
    seen.add(weights.tensor);
    const values = weights.tensor.toNumbers();
    for (let i = 0; i < values.length; i++) if (values[i] === 0) zeros += 1;
    total += values.length;
    if (weights.tensor.dims[weights.sumAxis]! % 4 !== 0) continue;
    eligible += 1;
    if (holdsPattern(values, weights.tensor.dims, weights.sumAxis, { kept: 2, of: 4 })) holding += 1;
  }
  return { share: total === 0 ? 0 : zeros / total, pattern: { '2:4': eligible > 0 && holding === eligible } };
}

/** True when no `of` neighbours along the axis hold more than `kept` numbers that are not zero. */
export function holdsPattern(
  values: ArrayLike<number>,
  dims: readonly number[],
  axis: number,
  pattern: Pattern,
): boolean {
  const length = dims[axis]!;
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = dims.slice(0, axis).reduce((a, b) => a * b, 1);
  for (let o = 0; o < outer; o++) {
    for (let start = 0; start < length; start += pattern.of) {
      const end = Math.min(start + pattern.of, length);
      for (let i = 0; i < inner; i++) {
        let filled = 0;
        for (let at = start; at < end; at++) if (values[(o * length + at) * inner + i] !== 0) filled += 1;
        if (filled > pattern.kept) return false;
      }
    }
  }
  return true;
}
