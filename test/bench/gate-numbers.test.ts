import { describe, expect, it } from 'vitest';
import { recordedNumber, samplesForGates, timingNumber } from '../../src/bench/gate-numbers.js';
import type { ArtifactResult } from '../../src/bench/result.js';
import type { Measured } from '../../src/gates/gate.js';
import { parseGate } from '../../src/gates/parse.js';

/** Rounds of equal blocks with the values 1 to `size`, times `unit`. */
const rounds = (count: number, size: number, unit: number): Float64Array[] =>
  Array.from({ length: count }, () => Float64Array.from({ length: size }, (_, i) => (i + 1) * unit));

const timed = (expr: string, count = 10, size = 9): Measured =>
  timingNumber(parseGate(expr), {
    baseline: rounds(count, size, 2),
    artifact: rounds(count, size, 1),
    batch: 4,
    concurrency: 1,
    seed: 1,
    paired: true,
    referenceRatio: 1,
  });

describe('numbers of timing gates', () => {
  it.each([
    ['latency.p50 <= 1ms', 5],
    ['latency.mean <= 1ms', 5],
    ['throughput >= 1/s', 800],
  ])('%s', (expr, value) => {
    const measured = timed(expr);
    expect(measured.value).toBeCloseTo(value, 9);
    // All rounds are equal, so no resample differs.
    expect(measured.ci95![0]).toBeCloseTo(value, 9);
    expect(measured.ci95![1]).toBeCloseTo(value, 9);
  });

  it('know a ratio no better than two processes of one file agree', () => {
    const { value, ci95 } = timed('speedup >= 1');
    expect(value).toBeCloseTo(2, 9);
    expect(ci95![0]).toBeCloseTo(2 * 0.997, 9);
    expect(ci95![1]).toBeCloseTo(2 * 1.003, 9);
  });

  it('take a percentile only from enough runs', () => {
    expect(timed('latency.p90 <= 1ms').value).toBeCloseTo(9, 9);
    expect(timed('latency.p99 <= 1ms')).toEqual({
      value: null,
      ci95: null,
      detail: 'p99 needs 459 runs, and there was time for 90',
    });
    expect(timed('latency.p99 <= 1ms', 51).value).toBe(9);
  });

  it('have no interval from a few rounds', () => {
    expect(timed('speedup >= 1', 3).ci95).toBeNull();
  });

  it('want as many runs as the strictest of them', () => {
    const wanted = (...exprs: string[]): number => samplesForGates(exprs.map(parseGate));
    expect(wanted('latency.p90 <= 1ms', 'latency.p99 <= 1ms')).toBe(459);
    expect(wanted('speedup >= 1', 'latency.p50 <= 1ms')).toBe(1);
    expect(wanted()).toBe(1);
  });
});

describe('numbers that are in the result', () => {
  const artifact = {
    bytes: 250,
    accuracy: { top1: 0.5 },
    outputs: { agreement: 0.9, cosine: 0.99, sqnr_db: 30, max_abs: null, by_output: [] },
    versus_baseline: {
      speedup: null,
      size_ratio: 0.25,
      drop: { top1: { value: 0.01, ci95: [-0.02, 0.04], only_baseline: 3, only_candidate: 2, p_value: 1 } },
    },
    error: null,
    served: null,
  } as unknown as ArtifactResult;
  const recorded = (expr: string): Measured => recordedNumber(parseGate(expr), artifact, 100);

  it('are taken from there', () => {
    expect(recorded('size <= 1x').value).toBe(0.25);
    expect(recorded('size <= 1KB').value).toBe(250);
    expect(recorded('cosine >= 1')).toEqual({ value: 0.99, ci95: null, exact: true });
    expect(recorded('top1 >= 1').ci95![0]).toBeCloseTo(0.4038, 3);
    expect(recorded('top1.drop <= 1')).toMatchObject({
      value: 0.01,
      ci95: [-0.02, 0.04],
      exact: false,
      detail: '5 of 100 answers differ: 3 lost, 2 won',
    });
  });

  it('say what is missing', () => {
    expect(recorded('max_abs <= 1').detail).toBe("max_abs says nothing about this model's outputs");
    expect(recorded('top5.drop <= 1').value).toBeNull();
  });
});
