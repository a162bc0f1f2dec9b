import type { SampleSet } from '../../data/types.js';
import type { Model } from '../../ir/model.js';
import type { Progress } from '../../progress.js';
import type { Budget } from '../budget.js';

/** What was done to one layer. */
export interface LayerRecord {
  readonly node: string;
  readonly op: string;
  /** Weights that are not zero, or output channels. */
  readonly before: number;
  readonly after: number;
  /** Squared error of its outputs over their power, on what the pruned model feeds it; null where it was not measured. */
  readonly error_without_repair: number | null;
  readonly error_with_repair: number | null;
}

/** Something that stays as it was, or is not repaired, and why. */
export interface LeftRecord {
  readonly node: string;
  readonly reason: string;
}

export interface SchemeContext {
  /** Cleaned and fused, with types; stays as it is. */
  readonly original: Model;
  /** A copy to work on. */
  readonly pruned: Model;
  readonly samples: SampleSet;
  readonly ratio: number | undefined;
  /** What is to be left instead, where the scheme takes a budget. */
  readonly budget: Budget | undefined;
  /** A name of `channelScores`; the scheme's own choice without. */
  readonly score: string | undefined;
  /** Scales of BatchNormalization before they were folded, by the name of the node that they follow. */
  readonly batchNorms: ReadonlyMap<string, Float64Array>;
  /** The measured latency of a model, as a share of that of the file that is pruned. */
  readonly latencyOf: (model: Model) => Promise<number>;
  /** A name of `allocations`, or `error`; the scheme's own choice without. */
  readonly allocation: string | undefined;
  /** False cuts and leaves the rest as it is. */
  readonly repair: boolean;
  readonly threads: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface SchemeReport {
  readonly layers: readonly LayerRecord[];
  readonly left: readonly LeftRecord[];
  /** Passes over the samples and largest memory of their sums, in bytes; null without repair. */
  readonly repaired: { readonly passes: number; readonly memory: number } | null;
  readonly warnings: readonly string[];
}

/** One way of pruning. Adding one: a file that exports it, and a line in `list.ts`. */
export interface Scheme {
  readonly name: string;
  /** One line for help and documentation. */
  readonly summary: string;
  /** What is counted in `before` and `after` of its layers. */
  readonly counts: 'weights' | 'channels';
  /** True when it takes the ratio as the share of something; patterns are their own ratio. */
  readonly takesRatio: boolean;
  /** What it buys on which target, said plainly. */
  readonly hint: string;
  apply(context: SchemeContext): Promise<SchemeReport>;
}
