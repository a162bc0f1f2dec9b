import { describe, expect, it } from 'vitest';
import { descendRow, uniformGrid } from '../../../src/quantize/rounding/descent.js';
import { clamp, roundHalfEven } from '../../../src/quantize/affine.js';
import { normal, seededRandom } from '../../../src/tensor/random.js';

/** XᵀX of random observations, all of which lean towards a common one by `lean`. */
function momentsOf(n: number, random: () => number, lean = 0.5): Float64Array {
  const moments = new Float64Array(n * n);
  for (let row = 0; row < 4 * n; row++) {
    const common = normal(random);
    const x = Array.from({ length: n }, () => lean * common + (1 - lean) * normal(random));
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) moments[i * n + j]! += x[i]! * x[j]!;
  }
  return moments;
}

/** (q s - w)ᵀ (H + damping I) (q s - w). */
function objective(
  q: ArrayLike<number>,
  weights: readonly number[],
  moments: Float64Array,
  scale: number,
  damping = 0,
): number {
  const n = weights.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const ei = q[i]! * scale - weights[i]!;
    sum += damping * ei * ei;
    for (let j = 0; j < n; j++) sum += ei * moments[i * n + j]! * (q[j]! * scale - weights[j]!);
  }
  return sum;
}

function dampingOf(moments: Float64Array, n: number): number {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += moments[i * n + i]!;
  return (0.01 * trace) / n;
}

const nearest = (weights: readonly number[], scale: number, bound: number): number[] =>
  weights.map((weight) => clamp(roundHalfEven(weight / scale), -bound, bound));

describe('descendRow', () => {
  it('finds what trying all integers finds, or a place from which no single step leads down', () => {
    let best = 0;
    const rounds = 60;
    for (let seed = 1; seed <= rounds; seed++) {
      const random = seededRandom(seed);
      const n = 2 + (seed % 3);
      const weights = Array.from({ length: n }, () => normal(random) / 2);
      const moments = momentsOf(n, random);
      const damping = dampingOf(moments, n);
      const found = new Int8Array(n);
      descendRow(weights, moments, uniformGrid(weights.length, 0.5, 1), found);
      const value = objective(found, weights, moments, 0.5, damping);
      let least = Infinity;
      for (let code = 0; code < 3 ** n; code++) {
        const tried = Array.from({ length: n }, (_, i) => (Math.floor(code / 3 ** i) % 3) - 1);
        const other = objective(tried, weights, moments, 0.5, damping);
        least = Math.min(least, other);
        if (tried.filter((q, i) => q !== found[i]).length === 1)
          expect(value).toBeLessThanOrEqual(other + 1e-9);
      }
      if (value <= least + 1e-9) best++;
    }
    expect(best / rounds).toBeGreaterThan(0.85);
  });

  it.each([
    [9, 7],
    [64, 7],
    [100, 127],
  ])('never leaves more than nearest rounding does, within the bound (%i inputs, bound %i)', (n, bound) => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = seededRandom(100 + seed);
      const weights = Array.from({ length: n }, () => normal(random));
      const scale = Math.max(...weights.map(Math.abs)) / bound;
      const moments = momentsOf(n, random, 0.8);
      const found = new Int8Array(n);
      const share = descendRow(weights, moments, uniformGrid(weights.length, scale, bound), found);
      const before = objective(nearest(weights, scale, bound), weights, moments, scale);
      const after = objective(found, weights, moments, scale);
      expect(after).toBeLessThanOrEqual(before);
      expect(share).toBeCloseTo(after / before, 6);
      expect(Math.max(...found.map(Math.abs))).toBeLessThanOrEqual(bound);
    }
  });

  it('at 4 bits leaves less than half on average where inputs hang together', () => {
    const shares = Array.from({ length: 20 }, (_, seed) => {
      const random = seededRandom(seed + 1);
      const weights = Array.from({ length: 48 }, () => normal(random));
      const found = new Int8Array(48);
      return descendRow(weights, momentsOf(48, random, 0.9), uniformGrid(weights.length, 0.4, 7), found);
    });
    expect(shares.reduce((a, b) => a + b) / shares.length).toBeLessThan(0.5);
  });

  it('rounds to the nearest where inputs are independent, or nothing was seen', () => {
    const random = seededRandom(3);
    const weights = Array.from({ length: 16 }, () => normal(random));
    const independent = new Float64Array(256);
    for (let i = 0; i < 16; i++) independent[i * 17] = 1 + i;
    for (const moments of [independent, new Float64Array(256)]) {
      const found = new Int8Array(16);
      expect(descendRow(weights, moments, uniformGrid(weights.length, 0.1, 127), found)).toBe(1);
      expect(Array.from(found)).toEqual(nearest(weights, 0.1, 127));
    }
  });
});
