import type { Sample } from '../../data/types.js';
import type { Tensor } from '../../tensor/tensor.js';

/** What a mixed-precision artifact has to reach on the calibration samples. */
export interface MixedGoal {
  /** As it was written. */
  readonly expr: string;
  readonly metric: 'sqnr_db' | 'cosine' | 'top1.drop';
  readonly comparison: '>=' | '<=' | '>' | '<';
  /** Decibels, or a fraction. */
  readonly limit: number;
  /** By what the groups are put in order: what each alone does to the outputs, or to the goal's own metric. */
  readonly by: 'sqnr' | 'metric';
  /** Whether an answer is right, for metrics that need labels; undefined where it says nothing. */
  readonly isRight?:
    ((sample: Sample, outputs: ReadonlyMap<string, Tensor>) => boolean | undefined) | undefined;
}

export function meets({ comparison, limit }: MixedGoal, value: number): boolean {
  if (comparison === '>=') return value >= limit;
  if (comparison === '<=') return value <= limit;
  return comparison === '>' ? value > limit : value < limit;
}

/** Whether a value is nearer to what a goal asks for than another. */
export function isBetter({ comparison }: MixedGoal, value: number, than: number): boolean {
  return comparison.startsWith('>') ? value > than : value < than;
}
