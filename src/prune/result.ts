import type { OutputDistance } from '../runtime/compare-outputs.js';
import type { BudgetKind } from './budget.js';
import type { LayerRecord, LeftRecord } from './schemes/scheme.js';

/** The result object of `infer-opt prune`. */
export interface PruneResult {
  readonly schema: 'infer-opt/prune@1';
  readonly scheme: string;
  /** What the ratio counts; null for a pattern, which is its own ratio, and for a budget. */
  readonly ratio: { readonly asked: number; readonly reached: number } | null;
  /** What was to be left, as a share of the original's, where that was asked for instead of a ratio. */
  readonly budget: { readonly of: BudgetKind; readonly asked: number; readonly reached: number } | null;
  readonly input: FileRecord;
  readonly output: FileRecord & { readonly size_ratio: number };
  /** Share of zeros among the weights of Conv, Gemm and MatMul, in the files. */
  readonly zeros: { readonly before: number; readonly after: number };
  /** Checked on the written file: layers that can hold the pattern, and those that do. */
  readonly pattern: {
    readonly name: string;
    readonly eligible: number;
    readonly holding: number;
    readonly holds: boolean;
  } | null;
  /** Multiply-accumulates of one run, zeros counted in; null where shapes do not tell. */
  readonly macs: { readonly before: number; readonly after: number } | null;
  /** Elements of all float constants. */
  readonly parameters: { readonly before: number; readonly after: number };
  /** Against the original on this machine; null where it was not measured. */
  readonly measured: {
    readonly speedup: number;
    readonly original_ms: number;
    readonly artifact_ms: number;
  } | null;
  /** Against the outputs of the original on calibration samples; null for a model that is too large to be run. */
  readonly outputs: OutputDistance | null;
  /** Null without repair. */
  readonly repair: {
    readonly samples: number;
    readonly dataset: string;
    readonly passes: number;
    /** Largest memory of the sums, in bytes. */
    readonly memory_bytes: number;
  } | null;
  /** What `before` and `after` of the layers count. */
  readonly counts: 'weights' | 'channels';
  readonly layers: readonly LayerRecord[];
  /** What was not cut or not repaired, and why. */
  readonly left: readonly LeftRecord[];
  readonly warnings: readonly string[];
  readonly hints: readonly string[];
}

export interface FileRecord {
  readonly path: string;
  /** With its external data. */
  readonly bytes: number;
  /** The same compressed by gzip, where zeros pay; null for a model that is too large to be run. */
  readonly gzip_bytes: number | null;
  readonly opset: number;
}
