import type { Environment } from '../bench/environment.js';
import type { Ci95, GateResult, OutputsResult } from '../bench/result.js';
import type { Tool } from '../tool.js';
import type { Shard } from './shard.js';

/** What a search found: schema `infer-opt/optimize@1`. */
export interface OptimizeResult {
  readonly schema: 'infer-opt/optimize@1';
  readonly tool: Tool;
  readonly environment: Environment;
  readonly model: { readonly path: string; readonly sha256: string; readonly bytes: number };
  readonly dataset: {
    readonly name: string;
    readonly sha256: string;
    readonly calibrate: number;
    /** Samples that the search looked at, and those that gates were judged on. */
    readonly search: number;
    readonly held_out: number;
  };
  readonly settings: {
    readonly gates: readonly string[];
    readonly strict: boolean;
    readonly time_ms: number;
    readonly threads: number;
    readonly seed: number;
    readonly target: string;
    readonly shard: Shard | null;
  };
  readonly winner: Winner;
  /** In the order in which they were proposed. */
  readonly candidates: readonly CandidateResult[];
  /** The original against itself on held-out samples, where nothing better was found. */
  readonly original: Measurement | null;
  /** Candidates that no other beats in latency, accuracy (or cosine) and size at once; the fastest first. */
  readonly front: readonly FrontPoint[];
  /** The gates of the winner. */
  readonly gates: readonly GateResult[];
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** Stopped before it was done: the best that was known by then. */
  readonly interrupted: boolean;
  readonly cache: { readonly folder: string; readonly found: number; readonly missing: number } | null;
  readonly elapsed_ms: number;
  readonly warnings: readonly string[];
}

export interface Winner {
  /** `original` when nothing better was found. */
  readonly name: string;
  /** From the working directory. */
  readonly path: string;
  /** Makes this artifact again; null for the original. */
  readonly command: string | null;
  readonly speedup: number | null;
  /** Why it was taken. */
  readonly reason: string;
  /** False when there was no time to judge it on samples that the search had not seen. */
  readonly judged: boolean;
}

export interface CandidateResult {
  readonly name: string;
  readonly family: string;
  /**
   * `judged` on held-out samples, `measured` on those of the search, `dropped` after a first look,
   * `failed`, or `skipped` because time was over.
   */
  readonly state: 'judged' | 'measured' | 'dropped' | 'failed' | 'skipped';
  /** Why it went no further. */
  readonly reason: string | null;
  readonly path: string | null;
  readonly command: string;
  readonly sha256: string | null;
  readonly search: Measurement | null;
  readonly judged: Measurement | null;
}

/** A candidate against the original on some samples. */
export interface Measurement {
  readonly samples: number;
  readonly time_ms: number;
  readonly bytes: number;
  readonly size_ratio: number;
  /** Medians. */
  readonly latency_ms: number | null;
  readonly original_ms: number | null;
  readonly speedup: { readonly value: number; readonly ci95: Ci95 } | null;
  readonly accuracy: Readonly<Record<string, number>>;
  readonly drop: Readonly<Record<string, { readonly value: number; readonly ci95: Ci95 }>>;
  readonly outputs: Pick<OutputsResult, 'cosine' | 'sqnr_db' | 'max_abs' | 'agreement'> | null;
  readonly gates: readonly GateResult[];
  readonly error: string | null;
}

export interface FrontPoint {
  readonly name: string;
  readonly latency_ms: number;
  readonly bytes: number;
  /** Which number stands for accuracy: a score where there are labels, else cosine. */
  readonly quality: { readonly metric: string; readonly value: number };
}
