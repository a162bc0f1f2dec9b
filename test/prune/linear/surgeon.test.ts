import { describe, expect, it } from 'vitest';
import { factorize, invertFactored } from '../../../src/prune/linear/cholesky.js';
import { traceMemory, traceRow } from '../../../src/prune/linear/surgeon.js';
import { leastSquares, observations, product } from './dense.js';

const [rows, n] = [60, 8];

function setting(seed: number): {
  x: Float64Array;
  y: Float64Array;
  weights: Float64Array;
  inverse: Float64Array;
} {
  const x = observations(rows, n, seed);
  const weights = observations(1, n, seed + 100);
  const y = Float64Array.from({ length: rows }, (_, r) =>
    weights.reduce((sum, weight, i) => sum + weight * x[r * n + i]!, 0),
  );
  const factor = product(x, x, rows);
  factorize(factor, n);
  return { x, y, weights, inverse: invertFactored(factor, n) };
}

describe('traceRow', () => {
  it.each([1, 2, 3, 4])(
    'takes the weight whose loss costs least, by least squares on the data (seed %i)',
    (seed) => {
      const { x, y, weights, inverse } = setting(seed);
      const { order, cost } = traceRow(weights, inverse, n, traceMemory(n));
      let alive = Array.from({ length: n }, (_, i) => i);
      let before = 0;
      let highest = 0;
      order.forEach((column, step) => {
        const errors = alive.map(
          (one) =>
            leastSquares(
              x,
              y,
              n,
              alive.filter((other) => other !== one),
            ).error,
        );
        const least = Math.min(...errors);
        expect(alive[errors.indexOf(least)]).toBe(column);
        highest = Math.max(highest, least - before);
        expect(cost[step]! / highest).toBeCloseTo(1, 6);
        before = least;
        alive = alive.filter((one) => one !== column);
      });
      expect(alive).toEqual([]);
    },
  );

  it('keeps to the groups of a pattern', () => {
    const { weights, inverse } = setting(5);
    const of = Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1);
    const { order } = traceRow(weights, inverse, n, traceMemory(n), { groups: { of, removable: 2 } });
    expect(order).toHaveLength(4);
    expect([...order].filter((column) => column < 4)).toHaveLength(2);
  });

  it('lets weights go first that are zero already, at no cost', () => {
    const { weights, inverse } = setting(6);
    weights[5] = 0;
    const { order, cost } = traceRow(weights, inverse, n, traceMemory(n), { most: 2 });
    expect([order[0], cost[0]]).toEqual([5, 0]);
    expect(order).toHaveLength(2);
  });
});
