import type { OutputDistance } from '../../runtime/compare-outputs.js';

/** One value that both models compute. SQNR in decibels; null where nothing differs. */
export interface ComparedValue {
  readonly value: string;
  /** The node of the baseline that computes it, or null for an input of the model. */
  readonly node: string | null;
  readonly op: string | null;
  /** Of the worst of what it is computed from. */
  readonly sqnr_in_db: number | null;
  readonly sqnr_db: number | null;
  /** Noise over signal that is added here, as a share of all that is added anywhere; 0 where the error shrinks. */
  readonly share: number;
  readonly max_abs: number;
  /** Channels are scaled against the baseline's on purpose; the scale was taken out first. */
  readonly scaled: boolean;
  /** Share of the baseline's elements outside the range of the candidate's integers; null without integers. */
  readonly clipped: number | null;
}

/** The result object of `infer-opt compare`. */
export interface CompareResult {
  readonly schema: 'infer-opt/compare@1';
  readonly baseline: { readonly path: string; readonly bytes: number };
  readonly candidate: { readonly path: string; readonly bytes: number };
  readonly dataset: string;
  readonly samples: number;
  readonly outputs: OutputDistance;
  /** In the order of the baseline. */
  readonly values: readonly ComparedValue[];
  /** Where most of the error comes in, worst first, at most ten; `try` is what may help. */
  readonly worst: readonly (ComparedValue & { readonly try: string })[];
  /** Computed float values of the baseline that the candidate does not have under that name. */
  readonly unaligned: number;
  readonly warnings: readonly string[];
}
