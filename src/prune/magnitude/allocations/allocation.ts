import type { WeightBuckets } from '../weight-buckets.js';

/**
 * How zeros are shared out among layers when nothing but weights is known. Adding one: a file that exports it,
 * and a line in `list.ts`.
 */
export interface Allocation {
  readonly name: string;
  /** One line for help and documentation. */
  readonly summary: string;
  /** A score for every weight of one layer, comparable with those of the other layers. */
  score(weights: Float64Array): Float64Array;
  /** The same for weights that were only counted: a score for each bucket, at the middle of its weights. */
  scoreBuckets(buckets: WeightBuckets): Float64Array;
}
