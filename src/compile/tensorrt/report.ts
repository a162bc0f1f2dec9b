import type { EngineValue } from './engine-facts.js';
import type { Precision } from './intent.js';
import type { Finding } from './preflight/finding.js';
import type { ProfileReport } from './profiles.js';

export interface EngineLatency {
  /** Times on the GPU in milliseconds, percentiles computed by us from the exported trace; null without enough queries. */
  readonly compute_ms: Percentiles;
  /** The same with the transfers of inputs and outputs, where these were measured; equal to `compute_ms` where not. */
  readonly latency_ms: Percentiles;
  readonly queries: number;
  readonly queries_per_s: number;
  /** Queries times the batch size of the measured shapes. */
  readonly samples_per_s: number;
  readonly batch: number;
  /** What was pinned, so that figures of different versions compare. */
  readonly method: {
    readonly cuda_graph: boolean;
    readonly spin_wait: boolean;
    readonly transfers: boolean;
  };
  /** trtexec's own warnings about the measurement: unstable clocks, bound by enqueueing. */
  readonly warnings: readonly string[];
}

export interface Percentiles {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface EngineLayers {
  readonly total: number;
  /** Layers that multiply and sum, by what they compute in. */
  readonly compute: Readonly<Record<string, number>>;
  /** True when the precision that was asked for was found; null when the layers do not tell. */
  readonly verified: boolean | null;
}

export interface EngineAccuracy {
  readonly samples: number;
  readonly dataset: string;
  readonly cosine: number;
  /** Null when nothing differs. */
  readonly sqnr_db: number | null;
  readonly max_abs: number;
}

export interface TensorRtReport {
  readonly target: 'tensorrt';
  readonly trtexec: {
    /** Null when it was not looked for. */
    readonly path: string | null;
    readonly version: string;
    /** `asked`: trtexec said so; `given`: by the caller; `assumed`: a dry run without trtexec. */
    readonly source: 'asked' | 'given' | 'assumed';
  };
  /** Names of the GPUs and the driver, as nvidia-smi tells; null where it tells nothing. */
  readonly device: {
    readonly name: string;
    readonly driver: string;
    readonly compute_capability: string | null;
  } | null;
  readonly precision: Precision;
  /** What the engine takes and gives: the tensors of the model. */
  readonly interface: { readonly inputs: readonly EngineValue[]; readonly outputs: readonly EngineValue[] };
  readonly profiles: readonly ProfileReport[];
  /** The words of each run of trtexec, the program first. */
  readonly commands: { readonly build: readonly string[]; readonly measure: readonly string[] };
  readonly findings: readonly Finding[];
  /** What `--fix` changed, in words. */
  readonly fixes: readonly string[];
  /** True when a finding forbids the build. */
  readonly blocked: boolean;
  /** Null in a dry run. */
  readonly engine: {
    readonly build_seconds: number | null;
    readonly attempts: number;
    readonly log: string;
  } | null;
  readonly layers: EngineLayers | null;
  readonly latency: EngineLatency | null;
  readonly accuracy: EngineAccuracy | null;
}
