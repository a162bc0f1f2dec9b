import { describe, expect, it } from 'vitest';
import { leastErrorScale } from '../../src/quantize/weight-scales.js';
import { quantizeWeights } from '../../src/quantize/weights.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { randomTensor } from '../support/build.js';

/** In float64, one weight after the other, with half going to the even integer. */
function errorOf(weights: readonly number[], scale: number, bound: number): number {
  return weights.reduce((sum, weight) => {
    const lower = Math.floor(weight / scale);
    const rest = weight / scale - lower;
    const up = rest > 0.5 || (rest === 0.5 && lower % 2 !== 0);
    const integer = Math.min(bound, Math.max(-bound, up ? lower + 1 : lower));
    return sum + (integer * scale - weight) ** 2;
  }, 0);
}

describe('scales with the least error', () => {
  it.each([1, 2, 3, 4])('leave no more than those of the largest weight, seed %i', (seed) => {
    const weights = Array.from(randomTensor([200], seed, 1).toNumbers(), (value) => value ** 3);
    const largest = Math.max(...weights.map(Math.abs));
    const scale = leastErrorScale(weights, largest, 7);
    expect(errorOf(weights, scale, 7)).toBeLessThanOrEqual(errorOf(weights, largest / 7, 7));
    for (const share of [0.5, 0.6, 0.7, 0.8, 0.9, 1])
      expect(errorOf(weights, scale, 7)).toBeLessThanOrEqual(
        errorOf(weights, (share * largest) / 7, 7) + 1e-12,
      );
  });

  it('cut off a single large weight among small ones', () => {
    const weights = [1, ...Array.from({ length: 400 }, (_, at) => 0.3 * Math.sin(at))];
    expect(leastErrorScale(weights, 1, 7)).toBeLessThan(0.8 / 7);
  });

  it('are those of each channel, along any axis', () => {
    const dims = [6, 50];
    const rows = randomTensor(dims, 5, 1);
    const columns = Tensor.float32(
      [50, 6],
      Float32Array.from({ length: 300 }, (_, at) => rows.toFloat32()[(at % 6) * 50 + Math.floor(at / 6)]!),
    );
    const [a, b] = [
      quantizeWeights(rows, 0, 7, undefined, 'mse'),
      quantizeWeights(columns, 1, 7, undefined, 'mse'),
    ];
    expect(Array.from(b.scale.toNumbers())).toEqual(Array.from(a.scale.toNumbers()));
    const own = Array.from(rows.toNumbers()).slice(50, 100);
    const expected = leastErrorScale(own, Math.max(...own.map(Math.abs)), 7);
    expect(a.scale.toNumbers()[1]).toBeCloseTo(expected, 7);
  });
});
