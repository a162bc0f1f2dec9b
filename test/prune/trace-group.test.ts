import { describe, expect, it } from 'vitest';
import type { Axis } from '../../src/prune/channels/axes.js';
import type { Unit } from '../../src/prune/channels/groups.js';
import { traceGroup } from '../../src/prune/channels/trace-group.js';
import { factorize, invertFactored } from '../../src/prune/linear/cholesky.js';
import { leastSquares, observations, product } from './linear/dense.js';

const [rows, n, outputs] = [60, 8, 3];
const x = observations(rows, n, 1);
const weights = observations(outputs, n, 2);
const targets = Array.from({ length: outputs }, (_, o) =>
  Float64Array.from({ length: rows }, (_, r) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += weights[o * n + i]! * x[r * n + i]!;
    return sum;
  }),
);

describe('traceGroup', () => {
  it('takes the block of columns whose loss costs least, by least squares on the data', () => {
    const units = Array.from({ length: 4 }, (): Unit => new Map<Axis, number[]>());
    const columns = new Map(units.map((unit, i) => [unit, Int32Array.of(2 * i, 2 * i + 1)]));
    const factor = product(x, x, rows);
    factorize(factor, n);
    const reader = { n, weights, matrix: invertFactored(factor, n), exact: true, columns, weight: 1 };
    const { order, cost } = traceGroup(units, [reader], new Map());
    const error = (alive: readonly Unit[]): number =>
      targets.reduce(
        (sum, y) =>
          sum +
          leastSquares(
            x,
            y,
            n,
            alive.flatMap((unit) => [...columns.get(unit)!]),
          ).error,
        0,
      );
    let alive = units;
    let before = 0;
    let highest = 0;
    order.forEach((unit, step) => {
      const errors = alive.map((one) => error(alive.filter((other) => other !== one)));
      const least = Math.min(...errors);
      expect(alive[errors.indexOf(least)]).toBe(unit);
      highest = Math.max(highest, least - before);
      expect(cost[step]! / highest).toBeCloseTo(1, 6);
      before = least;
      alive = alive.filter((one) => one !== unit);
    });
  });
});
