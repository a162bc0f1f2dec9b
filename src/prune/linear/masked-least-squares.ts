import { factorize, solveFactored } from './cholesky.js';

/**
 * The best weights of one row on the columns that stay: minimizes (w - t)ᵀ H (w - t) written as
 * wᵀ H w - 2 wᵀ c, over w that are zero outside of `kept`, exactly (float64 Cholesky of the part of H on `kept`).
 * `square` is H, damped, [n, n]; `cross` is c, [n]. False when the part is not positive definite.
 */
export function solveOnMask(
  square: Float64Array,
  n: number,
  cross: Float64Array,
  kept: Int32Array,
  result: Float64Array,
): boolean {
  const size = kept.length;
  const part = new Float64Array(size * size);
  const right = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const row = kept[i]! * n;
    for (let j = 0; j <= i; j++) part[i * size + j] = square[row + kept[j]!]!;
    right[i] = cross[kept[i]!]!;
  }
  if (!factorize(part, size)) return false;
  solveFactored(part, size, right);
  result.fill(0);
  for (let i = 0; i < size; i++) result[kept[i]!] = right[i]!;
  return true;
}
