import { normal, seededRandom } from '../../../src/tensor/random.js';

/** A matrix [rows, columns] of seeded normal numbers whose columns hang together. */
export function observations(rows: number, columns: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  const mixing = Float64Array.from({ length: columns * columns }, () => normal(random));
  const data = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const own = Float64Array.from({ length: columns }, () => normal(random));
    for (let i = 0; i < columns; i++) {
      let sum = 2 * own[i]!;
      for (let j = 0; j < columns; j++) sum += 0.5 * mixing[i * columns + j]! * own[j]!;
      data[row * columns + i] = sum;
    }
  }
  return data;
}

/** aᵀ b for a of [rows, p] and b of [rows, q]. */
export function product(a: ArrayLike<number>, b: ArrayLike<number>, rows: number): Float64Array {
  const [p, q] = [a.length / rows, b.length / rows];
  const result = new Float64Array(p * q);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < p; i++)
      for (let j = 0; j < q; j++) result[i * q + j]! += a[r * p + i]! * b[r * q + j]!;
  }
  return result;
}

/**
 * The least squares solution of x w = y on some columns by Householder reflections of the data itself, which
 * never forms second moments; the columns left out are zero. Gives the squared error as well.
 */
export function leastSquares(
  x: Float64Array,
  y: Float64Array,
  columns: number,
  kept: readonly number[],
): { weights: Float64Array; error: number } {
  const rows = y.length;
  const a = kept.map((column) => Float64Array.from({ length: rows }, (_, row) => x[row * columns + column]!));
  const right = y.slice();
  kept.forEach((_, k) => {
    const v = a[k]!.slice();
    v.fill(0, 0, k);
    const length = Math.hypot(...v);
    v[k]! += v[k]! < 0 ? -length : length;
    const square = v.reduce((sum, value) => sum + value * value, 0);
    for (const column of [...a.slice(k), right]) {
      const factor = (2 * v.reduce((sum, value, i) => sum + value * column[i]!, 0)) / square;
      for (let i = k; i < rows; i++) column[i]! -= factor * v[i]!;
    }
  });
  const weights = new Float64Array(columns);
  for (let k = kept.length - 1; k >= 0; k--) {
    let sum = right[k]!;
    for (let j = k + 1; j < kept.length; j++) sum -= a[j]![k]! * weights[kept[j]!]!;
    weights[kept[k]!] = sum / a[k]![k]!;
  }
  const error = right.subarray(kept.length).reduce((sum, value) => sum + value * value, 0);
  return { weights, error };
}
