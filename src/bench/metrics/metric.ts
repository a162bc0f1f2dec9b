import type { Tensor } from '../../tensor/tensor.js';

/** Counts right answers against labels: one question a sample, so that answers of two models can be paired. */
export interface LabelMetric {
  /** The name in results and gates. */
  readonly name: string;
  readonly summary: string;
  /** The tasks of a dataset for which it is measured by default. */
  readonly tasks: readonly string[];
  /** The least number of classes for which it says anything. */
  readonly leastClasses: number;
  /** Whether the scores, one a class, answer the label. */
  isRight(scores: ArrayLike<number>, label: number): boolean;
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
