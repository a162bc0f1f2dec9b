import { factorize, solveFactored } from './cholesky.js';

/** The factor of the part of a matrix that some columns make up. */
export interface MaskFactor {
  readonly kept: Int32Array;
  readonly factor: Float64Array;
}

/** Factorizes the part of `square`, [n, n] and damped, on `kept`; undefined where it is not positive definite. */
export function factorOnMask(square: Float64Array, n: number, kept: Int32Array): MaskFactor | undefined {
  const size = kept.length;
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = kept[i]! * n;
    for (let j = 0; j <= i; j++) factor[i * size + j] = square[row + kept[j]!]!;
  }
  return factorize(factor, size) ? { kept, factor } : undefined;
}

/**
 * The best weights of one row on the columns that stay: minimizes (w - t)ᵀ H (w - t) written as
 * wᵀ H w - 2 wᵀ c, over w that are zero elsewhere, exactly (float64 Cholesky). `cross` is c, over all columns.
 */
export function solveOnMask({ kept, factor }: MaskFactor, cross: Float64Array, result: Float64Array): void {
  const right = Float64Array.from(kept, (column) => cross[column]!);
  solveFactored(factor, kept.length, right);
  result.fill(0);
  kept.forEach((column, i) => {
    result[column] = right[i]!;
  });
}
