import { describe, expect, it } from 'vitest';
import { factorize, invertFactored, solveFactored } from '../../../src/prune/linear/cholesky.js';
import { observations, product } from './dense.js';

const n = 7;
const matrix = product(observations(30, n, 1), observations(30, n, 1), 30);
const times = (a: Float64Array, x: Float64Array): number[] =>
  Array.from({ length: n }, (_, i) => x.reduce((sum, value, j) => sum + a[i * n + j]! * value, 0));

describe('cholesky', () => {
  it('solves a system', () => {
    const expected = Float64Array.from({ length: n }, (_, i) => i - 2.5);
    const right = Float64Array.from(times(matrix, expected));
    const factor = matrix.slice();
    expect(factorize(factor, n)).toBe(true);
    solveFactored(factor, n, right);
    right.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 9));
  });

  it('inverts', () => {
    const factor = matrix.slice();
    factorize(factor, n);
    const inverse = invertFactored(factor, n);
    for (let i = 0; i < n; i++) {
      const unit = new Float64Array(n);
      unit[i] = 1;
      times(matrix, Float64Array.from(times(inverse, unit))).forEach((value, j) =>
        expect(value).toBeCloseTo(i === j ? 1 : 0, 9),
      );
    }
  });

  it('refuses what is not positive definite', () => {
    expect(factorize(Float64Array.of(1, 2, 2, 1), 2)).toBe(false);
    expect(factorize(Float64Array.of(NaN), 1)).toBe(false);
  });
});
