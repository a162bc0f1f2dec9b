import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FloatHistogram } from '../../../src/calibrate/float-histogram.js';
import { auto } from '../../../src/calibrate/methods/auto.js';
import { entropy } from '../../../src/calibrate/methods/entropy.js';
import { rangeMethods } from '../../../src/calibrate/methods/list.js';
import { minmax } from '../../../src/calibrate/methods/minmax.js';
import { mse } from '../../../src/calibrate/methods/mse.js';
import { percentile } from '../../../src/calibrate/methods/percentile.js';
import type { Range, RangeMethod } from '../../../src/calibrate/range-method.js';
import { affineOf, quantize } from '../../../src/quantize/affine.js';
import { normal, seededRandom } from '../../../src/tensor/random.js';

const grid = { steps: 255, symmetric: false };
const symmetric = { steps: 255, symmetric: true };

function choose(method: RangeMethod, values: ArrayLike<number>, on = grid): Range {
  const histogram = new FloatHistogram();
  histogram.add(Float32Array.from(values));
  return method.choose(histogram, on);
}

/** The error that the values really have after going to uint8 and back, in float64. */
function trueError(values: ArrayLike<number>, range: Range): number {
  const affine = affineOf(range, 'uint8');
  const floats = Float32Array.from(values);
  const integers = quantize(floats, affine);
  return floats.reduce(
    (sum, value, i) => sum + (value - affine.scale * (integers[i]! - affine.zeroPoint)) ** 2,
    0,
  );
}

const gaussian = (count: number, seed = 1, scale = 1): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => scale * normal(random));
};

const withOutlier = [...gaussian(400_000), 12];

describe.each(rangeMethods)('$name', (method) => {
  it('contains 0, is finite, and never leaves what was seen', () => {
    const values = fc.array(fc.float({ noNaN: true, min: Math.fround(-1e30), max: Math.fround(1e30) }), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(values, (list) => {
        const { low, high } = choose(method, list);
        expect(low).toBeLessThanOrEqual(0);
        expect(high).toBeGreaterThanOrEqual(0);
        expect(low).toBeGreaterThanOrEqual(Math.min(0, ...list));
        expect(high).toBeLessThanOrEqual(Math.max(0, ...list));
      }),
      { numRuns: 40 },
    );
  });

  it('is mirrored on a symmetric grid', () => {
    const { low, high } = choose(
      method,
      gaussian(2000).map((value) => value + 1),
      symmetric,
    );
    expect(low).toBe(-high);
    expect(high).toBeGreaterThan(1);
  });

  it('has no width for zeros alone, nor for nothing', () => {
    for (const values of [[0, 0, 0], []]) {
      const { low, high } = choose(method, values);
      expect([low + 0, high + 0]).toEqual([0, 0]);
    }
  });

  it.each([[[5]], [[5, 5, 5, 5]], [[-0.25]], [[0, 0, 0, 7]]])('keeps the value of %j', (values) => {
    const { low, high } = choose(method, values);
    const largest = Math.max(...values.map(Math.abs));
    expect(Math.max(-low, high)).toBeGreaterThan(0.99 * largest);
  });
});

describe('minmax', () => {
  it('is from the smallest to the largest, exactly', () => {
    expect(choose(minmax, [-1.5, 3, 2])).toEqual({ low: -1.5, high: 3 });
    expect(choose(minmax, [1, 3])).toEqual({ low: 0, high: 3 });
    expect(choose(minmax, [-1.5, 3], symmetric)).toEqual({ low: -3, high: 3 });
  });
});

describe('percentile', () => {
  it('is the exact quantile of many values, to within a bucket', () => {
    const values = gaussian(400_000).map((value) => value ** 3);
    const sorted = Float64Array.from(values).sort();
    const { low, high } = choose(percentile, values);
    const cut = Math.floor(values.length * 1e-5);
    expect(Math.abs(low / sorted[cut - 1]! - 1)).toBeLessThan(0.03);
    expect(Math.abs(high / sorted[sorted.length - cut]! - 1)).toBeLessThan(0.03);
    expect(high).toBeLessThan(sorted.at(-1)!);
  });

  it('cuts nothing off where there are few values', () => {
    const values = gaussian(1000);
    const { low, high } = choose(percentile, values);
    expect(low).toBeCloseTo(Math.min(...values), 1);
    expect(high).toBeCloseTo(Math.max(...values), 1);
  });
});

describe('mse', () => {
  const samples = fc.record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    power: fc.constantFrom(1, 2, 3),
    shift: fc.double({ min: -2, max: 2, noNaN: true }),
    positive: fc.boolean(),
  });

  // Of buckets that span several steps only the mean error is known, hence the three percent.
  it('has no larger true error than minmax', () => {
    fc.assert(
      fc.property(samples, ({ seed, power, shift, positive }) => {
        const values = gaussian(10_000, seed).map((value) => {
          const shaped = Math.sign(value) * Math.abs(value) ** power + shift;
          return positive ? Math.max(shaped, 0) : shaped;
        });
        const error = trueError(values, choose(mse, values));
        expect(error).toBeLessThanOrEqual(trueError(values, choose(minmax, values)) * 1.03);
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it('clips an outlier where enough other values gain from it', () => {
    const [whole, clipped] = [choose(minmax, withOutlier), choose(mse, withOutlier)];
    expect(clipped.high).toBeLessThan(8);
    expect(trueError(withOutlier, clipped)).toBeLessThan(0.75 * trueError(withOutlier, whole));
  });

  it('sees that the few values far out are what counts', () => {
    const heavy = gaussian(20_000).map((value) => value ** 5);
    expect(trueError(heavy, choose(mse, heavy))).toBeLessThanOrEqual(trueError(heavy, choose(minmax, heavy)));
  });

  it('clips each end for itself', () => {
    const random = seededRandom(4);
    const values = Array.from({ length: 200_000 }, () => random());
    const { low, high } = choose(mse, [...values, -3]);
    expect(high).toBeGreaterThan(0.95);
    expect(low).toBeGreaterThan(-2.5);
  });
});

describe('entropy', () => {
  it('clips an outlier off a normal distribution', () => {
    const { low, high } = choose(entropy, [...gaussian(50_000), 80]);
    expect(high).toBeLessThan(20);
    expect(high).toBeGreaterThan(2.5);
    expect(low).toBeLessThan(-2.5);
  });

  it('clips one off a distribution behind a Relu', () => {
    const { low, high } = choose(entropy, [...gaussian(50_000).map((value) => Math.max(value, 0)), 80]);
    expect(low + 0).toBe(0);
    expect(high).toBeLessThan(20);
    expect(high).toBeGreaterThan(2.5);
  });

  it.each([
    ['both signs', -1],
    ['one sign', 0],
  ])('keeps all of a uniform distribution of %s', (_, low) => {
    const random = seededRandom(3);
    const values = Array.from({ length: 100_000 }, () => low + (1 - low) * random());
    expect(choose(entropy, values).high).toBeGreaterThan(0.99);
  });

  it('keeps the larger of two values', () => {
    expect(choose(entropy, [...new Array<number>(1000).fill(0), 1, 100]).high).toBeGreaterThan(99);
  });
});

describe('auto', () => {
  it('clips where it saves much, and nothing where it does not', () => {
    const plain = gaussian(5000);
    expect(choose(auto, plain)).toEqual(choose(minmax, plain));
    expect(choose(auto, withOutlier)).toEqual(choose(mse, withOutlier));
  });
});
