import { describe, expect, it } from 'vitest';
import { GramProduct } from '../../../src/calibrate/gram-product.js';
import { solveRowsOnMask } from '../../../src/prune/linear/conjugate-gradient.js';
import { factorOnMask, solveOnMask } from '../../../src/prune/linear/masked-least-squares.js';
import { leastSquares, observations, product } from './dense.js';

const [rows, n, outputs] = [80, 10, 3];
const x = observations(rows, n, 11);
const y = observations(rows, outputs, 12);
const square = product(x, x, rows);
const cross = product(x, y, rows);
const kept = [
  [0, 1, 4, 5, 9],
  [2, 3, 7],
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
];
const column = (values: Float64Array, output: number): Float64Array =>
  Float64Array.from({ length: values.length / outputs }, (_, i) => values[i * outputs + output]!);
const expected = kept.map((columns, output) => leastSquares(x, column(y, output), n, columns).weights);

describe('least squares on a mask', () => {
  it('equals least squares on the data', () => {
    kept.forEach((columns, output) => {
      const result = new Float64Array(n).fill(7);
      solveOnMask(factorOnMask(square, n, Int32Array.from(columns))!, column(cross, output), result);
      result.forEach((value, i) => expect(value).toBeCloseTo(expected[output]![i]!, 9));
    });
  });

  it('is found for many rows at once as well', async () => {
    const weights = new Float64Array(n * outputs);
    kept.forEach((columns, output) => {
      for (const i of columns) weights[i * outputs + output] = 1;
    });
    const runtime = await GramProduct.open();
    await solveRowsOnMask(runtime, square, n, cross, weights);
    await runtime.close();
    expected.forEach((wanted, output) => {
      column(weights, output).forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 3));
    });
  });

  it('says when there is no single solution', () => {
    const flat = new Float64Array(n * n);
    expect(factorOnMask(flat, n, Int32Array.of(0))).toBeUndefined();
  });
});
