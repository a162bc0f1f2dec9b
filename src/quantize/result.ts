import type { OutputDistance } from '../runtime/compare-outputs.js';
import type { KernelReport } from '../runtime/kernels.js';
import type { MixedReport } from './mixed/report.js';
import type { LeftFloat } from './static/plan.js';

/** The result object of `infer-opt quantize`. */
export interface QuantizeResult {
  readonly schema: 'infer-opt/quantize@1';
  readonly input: { readonly path: string; readonly bytes: number; readonly opset: number };
  readonly output: {
    readonly path: string;
    readonly bytes: number;
    readonly opset: number;
    readonly size_ratio: number;
  };
  /** What was done: the name of a mode, or `float` when the float model was kept. */
  readonly mode: string;
  /** True when nothing paid and the prepared float model was written instead. */
  readonly kept_float: boolean;
  readonly target: string;
  readonly calibration: {
    readonly method: string;
    readonly samples: number;
    readonly dataset: string;
  } | null;
  /** Nodes that compute with smaller numbers now. */
  readonly changed: number;
  /** Nodes that could matter and stay float32, and why. */
  readonly left: readonly LeftFloat[];
  /** What the runtime makes of the artifact; null for a target that is not this machine. */
  readonly kernels: KernelReport | null;
  /** Against the original on this machine; null where it was not measured. */
  readonly measured: {
    readonly speedup: number;
    readonly original_ms: number;
    readonly artifact_ms: number;
  } | null;
  /** Against the outputs of the original on calibration samples. */
  readonly outputs: OutputDistance | null;
  /** How a goal of accuracy was met by leaving groups in float; null without a goal. */
  readonly mixed: MixedReport | null;
  /** What `auto` tried. */
  readonly tried: readonly {
    readonly mode: string;
    readonly speedup: number | null;
    readonly sqnr_db: number | null;
    readonly reason: string;
  }[];
  readonly warnings: readonly string[];
  readonly hints: readonly string[];
}
