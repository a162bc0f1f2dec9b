import { describe, expect, it } from 'vitest';
import {
  median,
  minimumSamples,
  quantileSorted,
  summarize,
} from '../../../src/bench/statistics/percentile.js';

describe('percentiles', () => {
  it('interpolate as numpy does by default', () => {
    // numpy.percentile([1, 2, 4, 8, 16], [10, 50, 90, 99])
    const sorted = [1, 2, 4, 8, 16];
    expect(quantileSorted(sorted, 0.1)).toBeCloseTo(1.4, 12);
    expect(quantileSorted(sorted, 0.5)).toBe(4);
    expect(quantileSorted(sorted, 0.9)).toBeCloseTo(12.8, 12);
    expect(quantileSorted(sorted, 0.99)).toBeCloseTo(15.68, 12);
    expect(median([3, 1])).toBe(2);
  });

  it('need 44, 90 and 459 samples', () => {
    expect([0.9, 0.95, 0.99].map(minimumSamples)).toEqual([44, 90, 459]);
  });

  it('are null with one sample too few', () => {
    const of = (n: number): ReturnType<typeof summarize> =>
      summarize(Float64Array.from({ length: n }, (_, i) => i));
    expect(of(43).p90).toBeNull();
    expect(of(44).p90).toBeCloseTo(38.7, 9);
    expect(of(89).p95).toBeNull();
    expect(of(90).p95).not.toBeNull();
    expect(of(458).p99).toBeNull();
    expect(of(459).p99).not.toBeNull();
    expect(of(1)).toMatchObject({ mean: 0, sd: 0, p50: 0, samples: 1 });
  });

  it('come with the sample standard deviation', () => {
    expect(summarize([2, 4, 4, 4, 5, 5, 7, 9]).sd).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });
});
