import { describe, expect, it } from 'vitest';
import { histogramOf } from '../../../src/bench/statistics/histogram.js';

describe('a histogram', () => {
  it('counts every value once and leaves strays out of the bins', () => {
    const values = [...Array.from({ length: 999 }, (_, i) => 1 + (i % 100) / 100), 500];
    const { from, to, counts, beyond } = histogramOf(values);
    expect(from).toBe(1);
    expect(to).toBeLessThan(2);
    expect(counts.reduce((sum, count) => sum + count, 0) + beyond).toBe(1000);
    expect(beyond).toBeGreaterThan(0);
    expect(beyond).toBeLessThanOrEqual(10);
    // 100 equal steps over 40 bins: two or three steps of ten values each.
    expect(Math.max(...counts)).toBeLessThanOrEqual(40);
  });

  it('has one bin where all values are equal', () => {
    expect(histogramOf([2, 2, 2])).toEqual({ from: 2, to: 2, counts: [3], beyond: 0 });
  });
});
