import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FloatHistogram } from '../../src/calibrate/float-histogram.js';
import { quantile } from '../../src/calibrate/methods/percentile.js';

const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
const numbers = fc.array(finite, { minLength: 1, maxLength: 300 }).map((values) => Float32Array.from(values));

function histogramOf(...parts: readonly Float32Array[]): FloatHistogram {
  const histogram = new FloatHistogram();
  for (const part of parts) expect(histogram.add(part)).toBe(-1);
  return histogram;
}

describe('FloatHistogram', () => {
  it('counts every value, with exact minimum and maximum, in order', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const histogram = histogramOf(values);
        const sorted = Array.from(values).sort((a, b) => a - b);
        expect(histogram.total).toBe(values.length);
        expect([histogram.min, histogram.max].map((end) => end + 0)).toEqual([
          sorted[0]! + 0,
          sorted.at(-1)! + 0,
        ]);
        const points = histogram.points();
        expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
        // Each value lies where its turn in the order says, to half the width of its bucket.
        let at = 0;
        for (const { value, width, count } of points) {
          for (const expected of sorted.slice(at, at + count)) {
            const reach = width / 2 + 1e-37;
            expect(Math.abs(expected - value)).toBeLessThanOrEqual(reach * (1 + 1e-6));
          }
          expect(width).toBeLessThanOrEqual(Math.abs(value) / 64 + 1e-37);
          at += count;
        }
      }),
    );
  });

  it('is the same when merged from parts', () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const merged = histogramOf(a);
        merged.merge(histogramOf(b));
        const whole = histogramOf(a, b);
        expect([merged.min, merged.max, merged.total]).toEqual([whole.min, whole.max, whole.total]);
        expect(Buffer.from(merged.counts.buffer).equals(Buffer.from(whole.counts.buffer))).toBe(true);
      }),
    );
  });

  it('takes views that begin anywhere', () => {
    const all = Float32Array.from([99, 1, -2, 3, 99]);
    const histogram = histogramOf(all.subarray(1, 4));
    expect([histogram.min, histogram.max, histogram.total]).toEqual([-2, 3, 3]);
  });

  it.each([
    [[0, 1, NaN, Infinity], 2],
    [[-Infinity, 1], 0],
    [[1, Infinity], 1],
  ])('tells where in %j the first value stands that is no number', (values, index) => {
    const histogram = histogramOf(Float32Array.from([5]));
    expect(histogram.add(Float32Array.from(values))).toBe(index);
    // A later call with good values is good.
    expect(histogram.add(Float32Array.from([1]))).toBe(-1);
  });

  it('finds quantiles to within a bucket', () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const histogram = histogramOf(values);
        const sorted = Array.from(values).sort((a, b) => a - b);
        const found = quantile(histogram.points(), histogram, share);
        const index = Math.min(Math.max(Math.ceil(share * values.length) - 1, 0), values.length - 1);
        expect(Math.abs(found - sorted[index]!)).toBeLessThanOrEqual(Math.abs(sorted[index]!) / 64 + 1e-37);
      }),
    );
  });

  it('does not grow with what it has seen', () => {
    const histogram = new FloatHistogram();
    const values = Float32Array.from({ length: 10_000 }, (_, i) => Math.sin(i));
    for (let i = 0; i < 100; i++) histogram.add(values);
    expect(histogram.total).toBe(1_000_000);
    expect(histogram.counts.byteLength).toBe(512 * 1024);
  });

  it('is fine with no values at all', () => {
    expect(histogramOf(new Float32Array(0)).points()).toEqual([]);
  });
});
