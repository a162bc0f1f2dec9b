/** The result object of `infer-opt distill`. */
export interface DistillResult {
  readonly schema: 'infer-opt/distill@1';
  readonly student: { readonly path: string; readonly bytes: number };
  readonly teacher: { readonly path: string; readonly bytes: number };
  readonly output: { readonly path: string; readonly bytes: number };
  readonly data: {
    readonly name: string;
    /** Samples that were learned from, that chose the best weights, and that the result was measured on. */
    readonly learned: number;
    readonly held_back: number;
    readonly evaluated: number;
  };
  readonly training: {
    readonly loss: readonly { readonly name: string; readonly student: string; readonly teacher: string }[];
    readonly temperature: number;
    readonly optimizer: string;
    readonly rate: number;
    readonly batch: number;
    /** How weights were rounded in training, and are in the file; null where they were not. */
    readonly rounding: string | null;
    /** Parts that a batch went through in, and what the values of one needed at once. */
    readonly parts: number;
    readonly memory_bytes: number;
    readonly augmentations: readonly string[];
    readonly steps: number;
    readonly epochs: number;
    readonly seconds: number;
    readonly stopped: 'finished' | 'patience' | 'interrupted' | 'not-finite';
    /** The step whose weights were written; 0 where training made nothing better. */
    readonly best_step: number;
    readonly parameters: { readonly trained: number; readonly frozen: number };
    /** Weights whose zeros stayed, and how many zeros these are. */
    readonly masks: { readonly weights: number; readonly zeros: number };
    /** How convolutions and their gradients were computed, by layer. */
    readonly forms: readonly {
      readonly node: string;
      readonly forward: string;
      readonly weight: string;
      readonly image: string;
    }[];
  };
  /** On the samples held back, against the teacher. */
  readonly held_back: { readonly before: Likeness; readonly after: Likeness } | null;
  /** On the evaluation samples; null where there are none, or it was interrupted. */
  readonly evaluated: {
    readonly samples: number;
    /** Share of right labels; null without labels. */
    readonly top1: { readonly teacher: number; readonly before: number; readonly after: number } | null;
    readonly agreement: { readonly before: number; readonly after: number } | null;
    readonly loss: { readonly before: number; readonly after: number };
  } | null;
  readonly warnings: readonly string[];
  readonly hints: readonly string[];
}

export interface Likeness {
  readonly loss: number;
  readonly agreement: number | null;
}
