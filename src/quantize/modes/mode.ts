import type { Range, RangeMethod } from '../../calibrate/range-method.js';
import type { SampleSet } from '../../data/types.js';
import type { Model } from '../../ir/model.js';
import type { Progress } from '../../progress.js';
import type { Exclusions } from '../exclude.js';
import type { MixedGoal } from '../mixed/goal.js';
import type { MixedReport } from '../mixed/report.js';
import type { Overrides } from '../overrides/overrides.js';
import type { LeftFloat } from '../static/plan.js';
import type { WeightScales } from '../weight-scales.js';
import type { Target } from '../targets/target.js';

/** What a mode may use. */
export interface ModeContext {
  readonly target: Target;
  readonly method: RangeMethod;
  readonly samples: SampleSet;
  readonly exclusions: Exclusions;
  /** Operator set that was asked for; the lowest that the mode needs without. */
  readonly opset: number | undefined;
  readonly keepIo: boolean;
  /** How weights are rounded, and whether channels are scaled beforehand: static mode. */
  readonly rounding: 'output' | 'nearest';
  readonly equalize: boolean;
  /** Static mode: groups stay float until this is met. */
  readonly goal?: MixedGoal | undefined;
  /** True when the samples are data that was given, not made up. */
  readonly sampled: boolean;
  /** The form of quantized operators; the mode's own without. */
  readonly format: 'qdq' | 'qoperator' | undefined;
  /** Static mode: how scales of weights are chosen (by the bits without), and whether biases are corrected (they are, without). */
  readonly weightScales?: WeightScales | undefined;
  readonly correctBias?: boolean | undefined;
  /** Static mode: ranges that are used as they are, by the values' names. */
  readonly ranges?: ReadonlyMap<string, Range> | undefined;
  /** Static mode: what holds for single nodes and values instead. */
  readonly overrides?: Overrides | undefined;
  /** Static and weights mode: bits of a weight. Weights mode: weights that share a scale, and whether 0 is in the middle of the codes. */
  readonly bits: 4 | 8;
  readonly block: number;
  readonly symmetric: boolean;
  readonly threads: number;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

export interface ModeReport {
  /** Nodes that compute with smaller numbers now; 0 when the mode found nothing to do. */
  readonly changed: number;
  readonly left: readonly LeftFloat[];
  readonly warnings: readonly string[];
  /** What helps beyond the defaults of whoever runs the artifact. */
  readonly hints: readonly string[];
  /** True when the result depends on the samples. */
  readonly usedSamples?: boolean;
  /** How they were chosen, by its name. */
  readonly rangeMethod?: string | undefined;
  /** The ranges of what is integer now, by the values' names, where the mode knows ranges. */
  readonly ranges?: ReadonlyMap<string, Range> | undefined;
  /** How the goal was met, where there was one and the mode knows goals. */
  readonly mixed?: MixedReport | undefined;
}

/**
 * A way to make a model smaller. Adding one: a file that exports it, and a line in `list.ts`.
 */
export interface Mode {
  /** What people type after `--mode`. */
  readonly name: string;
  readonly summary: string;
  /** Whether `auto` should try it on this model: it is likely to pay. */
  suggests(model: Model): boolean;
  /** Changes the model in place. */
  apply(model: Model, context: ModeContext): Promise<ModeReport>;
}
