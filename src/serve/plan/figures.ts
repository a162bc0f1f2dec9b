import { quantileSorted } from '../../bench/statistics/percentile.js';
import type { Figures } from './plan-result.js';

/** What a run leaves, simulated or real. */
export interface Run {
  readonly latencies: Float64Array;
  readonly batches: number;
  readonly refused: number;
  readonly busyMs: number;
  readonly spanMs: number;
}

/**
 * Percentiles and rates of a run. The first `skip` requests found an empty server and do not count among the
 * latencies; refused ones have none.
 */
export function figuresOf(run: Run, instances: number, skip = 0): Figures {
  const sorted = run.latencies
    .subarray(skip)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const answered = run.latencies.length - run.refused;
  const at = (p: number): number => (sorted.length === 0 ? NaN : quantileSorted(sorted, p));
  return {
    mean_ms: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    p50_ms: at(0.5),
    p90_ms: at(0.9),
    p95_ms: at(0.95),
    p99_ms: at(0.99),
    throughput_per_s: (answered / run.spanMs) * 1000,
    utilisation: run.busyMs / (run.spanMs * instances),
    mean_batch: answered / run.batches,
    refused: run.refused,
  };
}
