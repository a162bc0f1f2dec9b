import type { Tensor } from '../../tensor/tensor.js';

/** What a model answered to one sample, and what is right. */
export interface Answer {
  readonly sample: string;
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** The output with one score a class, where there is one. */
  readonly scores: Tensor | undefined;
  /** A class, or any other single number. */
  readonly label: number | undefined;
  /** Labels that are more than one number: a mask, boxes, tokens, a vector. */
  readonly target: Tensor | undefined;
}

/**
 * Judges answers by labels. Something small is kept of each sample, so that the answers of two models to the same
 * samples can be paired and resampled.
 */
export interface LabelMetric<Kept = unknown> {
  /** The name in results and gates. */
  readonly name: string;
  readonly summary: string;
  /** The tasks of a dataset for which it is measured. */
  readonly tasks: readonly string[];
  readonly better: 'higher' | 'lower';
  /** What is kept of a sample; undefined where the metric says nothing about such an answer. */
  keep(answer: Answer): Kept | undefined;
  /** The metric over all that was kept, at least one. */
  value(kept: readonly Kept[]): number;
  /** What is kept is a boolean: right or wrong, and the value is the share of right ones. */
  readonly kind: 'answers' | 'values';
  /** Where samples are judged by each other: turns what was kept into what can be resampled. */
  settle?(kept: readonly unknown[]): readonly Kept[] | Promise<readonly Kept[]>;
}

/** A metric whose samples are right or wrong. */
export function answersMetric(
  declared: Pick<LabelMetric, 'name' | 'summary' | 'tasks'> & {
    isRight(answer: Answer): boolean | undefined;
  },
): LabelMetric<boolean> {
  const { name, summary, tasks } = declared;
  return {
    name,
    summary,
    tasks,
    better: 'higher',
    kind: 'answers',
    keep: (answer) => declared.isRight(answer),
    value: (kept) => kept.filter(Boolean).length / kept.length,
  };
}

/** Compares a candidate's output with the baseline's, no labels needed. */
export interface OutputMetric {
  readonly name: string;
  readonly summary: string;
  /** A distance takes finite numbers only; a decision takes whatever the model gives. */
  readonly kind: 'distance' | 'decision';
  /** Whether outputs of this kind can be compared by it. */
  applies(output: Tensor): boolean;
  create(): OutputAccumulator;
}

/** Takes outputs one by one and keeps sums only. */
export interface OutputAccumulator {
  /** Both have the same dims, and both are floats or have the same element type. */
  add(reference: Tensor, candidate: Tensor): void;
  /** Over all that was added; null when nothing was. */
  result(): number | null;
}
