import type { GramProduct } from '../../calibrate/gram-product.js';

const mostSteps = 60;
/** Residual over right side at which a solution is good enough: the products are float32. */
const tolerance = 1e-4;

/**
 * The same minimum as `solveOnMask` for many rows at once, by conjugate gradients on the columns that stay
 * (Hestenes and Stiefel 1952, diagonal preconditioner), the products in the runtime in float32: for layers so
 * wide that a factor for every row would take minutes. `square` is H, damped, [n, n]; `right` and `weights` are
 * [n, rows]; `weights` holds where to start, with zeros where weights are gone, and gets the result.
 */
export async function solveRowsOnMask(
  product: GramProduct,
  square: Float64Array,
  n: number,
  right: Float64Array,
  weights: Float64Array,
): Promise<void> {
  const rows = weights.length / n;
  const h = Float32Array.from(square);
  const kept = Uint8Array.from(weights, (weight) => (weight === 0 ? 0 : 1));
  const scale = Float64Array.from({ length: n }, (_, i) => 1 / square[i * n + i]!);
  const residual = new Float64Array(weights.length);
  const start = await product.multiply(h, Float32Array.from(weights), n);
  for (let i = 0; i < residual.length; i++) residual[i] = kept[i] === 1 ? right[i]! - start[i]! : 0;
  const direction = new Float64Array(weights.length);
  const step = Float32Array.from(weights);
  let old: Float64Array = new Float64Array(rows);
  const goal = columnSums(
    rows,
    (i) => (kept[i] === 1 ? right[i]! ** 2 * scale[Math.floor(i / rows)]! : 0),
    n,
  );
  for (let count = 0; count < mostSteps; count++) {
    const now = columnSums(rows, (i) => residual[i]! ** 2 * scale[Math.floor(i / rows)]!, n);
    if (now.every((value, row) => value <= tolerance ** 2 * goal[row]!)) return;
    for (let i = 0; i < direction.length; i++) {
      const row = i % rows;
      const beta = count === 0 || old[row] === 0 ? 0 : now[row]! / old[row]!;
      direction[i] = residual[i]! * scale[Math.floor(i / rows)]! + beta * direction[i]!;
      step[i] = direction[i]!;
    }
    const image = await product.multiply(h, step, n);
    const curvature = columnSums(rows, (i) => direction[i]! * image[i]!, n);
    for (let i = 0; i < direction.length; i++) {
      const row = i % rows;
      if (!(curvature[row]! > 0) || kept[i] === 0) continue;
      const length = now[row]! / curvature[row]!;
      weights[i]! += length * direction[i]!;
      residual[i]! -= length * image[i]!;
    }
    old = now;
  }
}

function columnSums(rows: number, term: (index: number) => number, n: number): Float64Array {
  const sums = new Float64Array(rows);
  for (let i = 0; i < n * rows; i++) sums[i % rows]! += term(i);
  return sums;
}
