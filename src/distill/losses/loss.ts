import type { Value } from '../../ir/value.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Emitter } from '../graph/emitter.js';

export interface LossSettings {
  /** Softens the distributions of both sides; 1 leaves them as they are. */
  readonly temperature: number;
  /** What a squared difference is divided by: the mean square of the target. */
  readonly power: number;
}

/**
 * How far a student's value is from its target, as one number. A new loss is a file that exports it and a line
 * in `list.ts`.
 */
export interface Loss {
  readonly name: string;
  readonly summary: string;
  /** Adds the loss of a batch to the graph: a scalar, the mean over samples. Target and value have equal dims. */
  build(emitter: Emitter, value: Value, target: Value, settings: LossSettings): Value;
  /** The same in float64 on finished values. */
  measure(value: Tensor, target: Tensor, settings: LossSettings): number;
}
