import { describe, expect, it } from 'vitest';
import { factsOf, gateValue, points } from '../../src/report/facts.js';
import { artifact, candidate } from './sample-result.js';

describe('what a candidate changes', () => {
  const tonesOf = (speedup: [number, number], size: number): string[] =>
    factsOf(
      artifact({
        versus_baseline: { speedup: { value: 1, ci95: speedup }, size_ratio: size, drop: {} },
      }),
      artifact({}),
    ).map(({ tone }) => tone);

  it('is better or worse only when the whole interval says so', () => {
    expect(tonesOf([1.01, 1.2], 0.3)).toEqual(['better', 'better']);
    expect(tonesOf([0.8, 0.99], 1.2)).toEqual(['worse', 'worse']);
    expect(tonesOf([0.99, 1.01], 1)).toEqual(['unclear', 'same']);
  });

  it('tells accuracies as gains, with the interval turned around', () => {
    const top1 = factsOf(candidate, artifact({})).find(({ label }) => label === 'top1');
    expect(top1).toEqual({
      label: 'top1',
      value: '−0.25 points',
      detail: '−0.90 to +0.40 points',
      tone: 'unclear',
    });
  });
});

it('writes numbers in the unit of their metric', () => {
  expect(points(-0.00001)).toBe('0.00 points');
  expect(gateValue('latency.p99', 'latency.p99 <= 10ms', 9.876)).toBe('9.88 ms');
  expect(gateValue('size', 'size <= 0.3x', 0.25)).toBe('0.25x');
  expect(gateValue('size', 'size <= 5MB', 4_956_208)).toBe('4.96 MB');
  expect(gateValue('throughput', 'throughput >= 500/s', 512.34)).toBe('512.3/s');
  expect(gateValue('top1.drop', 'top1.drop <= 0.005', 0.0025)).toBe('0.0025');
});
