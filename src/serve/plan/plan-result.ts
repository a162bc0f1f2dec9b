import type { Environment } from '../../bench/environment.js';
import type { Tool } from '../../tool.js';
import type { Estimate } from '../hardware/roofline.js';

/** What a plan found: schema `infer-opt/plan@1`. Times are milliseconds, rates requests a second. */
export interface PlanResult {
  readonly schema: 'infer-opt/plan@1';
  readonly tool: Tool;
  /** Null where the times came from elsewhere. */
  readonly environment: Environment | null;
  readonly model: {
    readonly path: string;
    readonly sha256: string | null;
    readonly bytes: number | null;
    /** Of one instance. */
    readonly peak_memory_bytes: number | null;
  };
  readonly workload: {
    readonly arrivals: 'poisson' | 'trace';
    /** Null when the highest rate was looked for. */
    readonly rate_per_s: number | null;
    readonly requests: number;
    readonly seed: number;
    /** Of each instance. */
    readonly threads: number;
  };
  readonly slo: { readonly metric: string; readonly limit_ms: number } | null;
  /** `latency`: the least at the rate; `rate`: the highest that keeps the promise. */
  readonly objective: 'latency' | 'rate';
  /** Where the times of batches come from: `measured`, or a file. */
  readonly curve_from: string;
  readonly curve: readonly CurveResult[];
  /** Every setting that was simulated at the rate, the best first. */
  readonly settings: readonly SettingResult[];
  /** Null when nothing keeps up with the rate. */
  readonly recommendation: SettingResult | null;
  readonly alternatives: { readonly no_batching: SettingResult; readonly static_batch: SettingResult | null };
  readonly front: readonly FrontPoint[];
  readonly verified: readonly Verification[];
  readonly estimates: readonly Estimate[];
  readonly warnings: readonly string[];
}

export interface CurveResult {
  readonly batch: number;
  /** That computed at the same time. */
  readonly instances: number;
  readonly mean_ms: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly samples: number;
  /** Of all these instances together. */
  readonly throughput_per_s: number;
}

export interface Setting {
  readonly max_batch: number;
  /** Null waits for a full batch (static batching). */
  readonly window_ms: number | null;
  readonly preferred: readonly number[];
  readonly instances: number;
  readonly queue_limit: number;
}

export interface Figures {
  readonly mean_ms: number;
  readonly p50_ms: number;
  readonly p90_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
  readonly throughput_per_s: number;
  /** Share of the time that instances computed. */
  readonly utilisation: number;
  readonly mean_batch: number;
  readonly refused: number;
}

export interface SettingResult {
  readonly settings: Setting;
  /** The rate beyond which the queue grows without end. */
  readonly capacity_per_s: number;
  /** At `rate_per_s`; null when the setting cannot keep up with it. */
  readonly rate_per_s: number;
  readonly figures: Figures | null;
  readonly meets_slo: boolean | null;
  /** The highest rate that keeps the promise; null without one, or where it was not looked for. */
  readonly max_rate_per_s: number | null;
}

/** The least latency that any setting has at a rate, and what the simple ones have. */
export interface FrontPoint {
  readonly rate_per_s: number;
  readonly settings: Setting;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly mean_batch: number;
  readonly no_batching_p99_ms: number | null;
  readonly static_p99_ms: number | null;
}

/** A setting that was run for real, beside its simulation with the same arrivals. */
export interface Verification {
  readonly settings: Setting;
  readonly rate_per_s: number;
  readonly requests: number;
  /** With the times that were measured beforehand. */
  readonly predicted: Figures;
  /** With the times that batches took in the run itself: what is left is the simulator's own error. */
  readonly replayed: Figures;
  readonly measured: Figures;
}
