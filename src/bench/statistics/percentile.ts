/**
 * The smallest number of samples at which the largest of them lies above the true percentile with 99% confidence:
 * 44 for p90, 90 for p95, 459 for p99. Below it a tail percentile is noise.
 * It is the rule of MLPerf Inference's early stopping (https://github.com/mlcommons/inference_policies) at zero
 * overruns: the smallest n with p^n <= 0.01.
 */
export function minimumSamples(p: number): number {
  return p <= 0.5 ? 1 : Math.ceil(Math.log(0.01) / Math.log(p));
}

/** The quantile of sorted values, between order statistics by straight line (type 7 of Hyndman and Fan, 1996). */
export function quantileSorted(sorted: ArrayLike<number>, p: number): number {
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}

/** The median; NaN without values. */
export function median(values: ArrayLike<number>): number {
  return values.length === 0 ? NaN : quantileSorted(Float64Array.from(values).sort(), 0.5);
}

export interface LatencySummary {
  readonly mean: number;
  /** Standard deviation of the samples (n - 1); 0 for one sample. */
  readonly sd: number;
  readonly p50: number;
  /** Null below `minimumSamples`. */
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly samples: number;
}

/** Mean, spread and percentiles of at least one latency, in the unit that it is given in. */
export function summarize(values: ArrayLike<number>): LatencySummary {
  const sorted = Float64Array.from(values).sort();
  const samples = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / samples;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const tail = (p: number): number | null => (samples < minimumSamples(p) ? null : quantileSorted(sorted, p));
  return {
    mean,
    sd: samples > 1 ? Math.sqrt(squares / (samples - 1)) : 0,
    p50: quantileSorted(sorted, 0.5),
    p90: tail(0.9),
    p95: tail(0.95),
    p99: tail(0.99),
    samples,
  };
}
