import { describe, expect, it } from 'vitest';
import { InferOptError } from '../../src/errors.js';
import { gateMetrics } from '../../src/gates/metrics.js';
import { parseGate } from '../../src/gates/parse.js';

describe('parseGate', () => {
  it.each([
    ['speedup >= 2', 'speedup', '>=', 2],
    ['speedup>=2x', 'speedup', '>=', 2],
    ['top1.drop <= 0.005', 'top1.drop', '<=', 0.005],
    ['top1.drop <= 0.5%', 'top1.drop', '<=', 0.005],
    ['top1 >= 61.2 %', 'top1', '>=', 0.612],
    ['latency.p99 <= 10ms', 'latency.p99', '<=', 10],
    ['latency.p50 < 250us', 'latency.p50', '<', 0.25],
    ['latency.mean < 1.5s', 'latency.mean', '<', 1500],
    ['size <= 0.3x', 'size', '<=', 0.3],
    ['size < 2MB', 'size', '<', 2e6],
    ['size < 2MiB', 'size', '<', 2097152],
    ['cosine >= 0.999', 'cosine', '>=', 0.999],
    ['sqnr_db > 3e1dB', 'sqnr_db', '>', 30],
    ['throughput >= 500/s', 'throughput', '>=', 500],
    ['top1.drop <= -.01', 'top1.drop', '<=', -0.01],
  ])('%s', (expr, metric, comparison, limit) => {
    expect(parseGate(expr)).toMatchObject({ expr, metric, comparison, limit });
  });

  it('knows what a size is measured against', () => {
    expect(parseGate('size <= 0.3x').relative).toBe(true);
    expect(parseGate('size <= 3MB').relative).toBe(false);
  });

  it.each([
    ['', 1, 'expected the name of a metric'],
    ['>= 2', 1, 'expected the name of a metric'],
    ['  speeeed >= 2', 3, 'there is no metric speeeed'],
    ['speedup => 2', 9, 'expected >=, <=, > or <'],
    ['speedup == 2', 9, 'expected >=, <=, > or <'],
    ['speedup <== 2', 9, 'expected >=, <=, > or <'],
    ['speedup', 8, 'expected >=, <=, > or <'],
    ['speedup >= two', 12, 'expected a number'],
    ['speedup >= 2ms', 13, 'expected no unit or x and found ms'],
    ['latency.p99 <= 10', 18, 'expected ms, us or s'],
    ['latency.p99 <= 10 parsecs', 19, 'expected ms, us or s and found parsecs'],
    ['size <= 0.3', 12, 'expected x, B, KB'],
    ['speedup >= 2x and more', 15, 'expected the end of the gate'],
    ['speedup >= 2 3', 14, 'expected the end of the gate'],
  ])('%s is refused at column %i', (expr, column, message) => {
    let thrown: unknown;
    try {
      parseGate(expr);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(InferOptError);
    expect((thrown as InferOptError).code).toBe('usage');
    expect((thrown as InferOptError).message).toContain(`column ${column}: ${message}`);
  });

  it('suggests names of the same family', () => {
    const hint = (): string => {
      try {
        parseGate('latency.p42 <= 1ms');
      } catch (error) {
        return (error as InferOptError).hint ?? '';
      }
      return '';
    };
    expect(hint()).toBe('known: latency.mean, latency.p50, latency.p90, latency.p95, latency.p99');
  });

  it('accepts every metric in each of its units', () => {
    for (const { name, units } of gateMetrics) {
      for (const { suffix, factor } of units) {
        expect(parseGate(`${name} <= 2${suffix}`).limit).toBeCloseTo(2 * factor, 12);
      }
    }
  });
});
