import { describe, expect, it } from 'vitest';
import type { Level, Measured, Verdict } from '../../src/gates/gate.js';
import { judge, overallVerdict } from '../../src/gates/judge.js';
import { parseGate } from '../../src/gates/parse.js';

const verdictOf = (expr: string, measured: Measured | undefined): Verdict =>
  judge(parseGate(expr), measured).verdict;
const between = (low: number, high: number): Measured => ({ value: (low + high) / 2, ci95: [low, high] });

describe('judge', () => {
  it.each<[string, number, number, Verdict]>([
    ['speedup >= 2', 2.1, 2.3, 'pass'],
    ['speedup >= 2', 2, 2.3, 'pass'],
    ['speedup > 2', 2, 2.3, 'inconclusive'],
    ['speedup >= 2', 1.9, 2.3, 'inconclusive'],
    ['speedup >= 2', 1.9, 2, 'inconclusive'],
    ['speedup > 2', 1.9, 2, 'fail'],
    ['speedup >= 2', 1.8, 1.9, 'fail'],
    ['latency.p50 <= 10ms', 8, 10, 'pass'],
    ['latency.p50 < 10ms', 8, 10, 'inconclusive'],
    ['latency.p50 <= 10ms', 10, 12, 'inconclusive'],
    ['latency.p50 < 10ms', 10, 12, 'fail'],
    ['latency.p50 <= 10ms', 10.1, 12, 'fail'],
  ])('%s of [%d, %d]: %s', (expr, low, high, verdict) => {
    expect(verdictOf(expr, between(low, high))).toBe(verdict);
  });

  it('judges an exact number by itself', () => {
    expect(verdictOf('size <= 0.3x', { value: 0.3, ci95: null, exact: true })).toBe('pass');
    expect(verdictOf('size <= 0.3x', { value: 0.31, ci95: null, exact: true })).toBe('fail');
  });

  it('does not believe a number whose interval is unknown', () => {
    expect(verdictOf('speedup >= 2', { value: 3, ci95: null })).toBe('inconclusive');
    expect(verdictOf('speedup >= 2', { value: 1, ci95: null })).toBe('inconclusive');
  });

  it('passes a drop when no answer differs, wide as the interval may be', () => {
    const measured = { value: 0, ci95: [-0.0095, 0.0095] as const };
    expect(verdictOf('top1.drop <= 0.005', measured)).toBe('inconclusive');
    expect(verdictOf('top1.drop <= 0.005', { ...measured, exact: true })).toBe('pass');
  });

  it('does not take a missing number for a pass', () => {
    expect(verdictOf('latency.p99 <= 10ms', undefined)).toBe('not-measured');
    expect(verdictOf('latency.p99 <= 10ms', { value: null, ci95: null })).toBe('not-measured');
    expect(verdictOf('latency.p99 <= 10ms', { value: NaN, ci95: null })).toBe('not-measured');
  });
});

describe('overallVerdict', () => {
  const overall = (verdicts: Verdict[], strict: boolean, level: Level = 'error'): string =>
    overallVerdict(
      verdicts.map((verdict) => ({ verdict, level })),
      strict,
    );

  it('fails on the worst', () => {
    expect(overall([], false)).toBe('pass');
    expect(overall(['pass', 'inconclusive'], false)).toBe('inconclusive');
    expect(overall(['pass', 'inconclusive'], true)).toBe('fail');
    expect(overall(['pass', 'not-measured'], false)).toBe('fail');
    expect(overall(['inconclusive', 'fail'], false)).toBe('fail');
  });

  it('does not count gates that only warn', () => {
    expect(overall(['fail', 'not-measured', 'inconclusive'], true, 'warn')).toBe('pass');
  });
});
