import type { DatasetOptions } from '../data/dataset.js';
import type { Progress } from '../progress.js';

export interface DistillRequest {
  readonly student: string;
  readonly teacher: string;
  readonly output: string;
  /** Dataset file or source: samples to learn from are its calibration part, those to judge by its evaluation part. */
  readonly data?: string | undefined;
  readonly dataset?: DatasetOptions | undefined;
  /** Ends by whichever comes first; one of both is given. */
  readonly timeMs?: number | undefined;
  readonly epochs?: number | undefined;
  /** `auto` or the name of a loss. */
  readonly loss?: string | undefined;
  readonly temperature?: number | undefined;
  /** Weight of inner values against outputs; 0 leaves them out. */
  readonly hintWeight?: number | undefined;
  /** Weight of the labels of the samples against the teacher's outputs; 0 leaves them out. */
  readonly labelWeight?: number | undefined;
  readonly optimizer?: string | undefined;
  /** Learning rate; the optimizer's own without. */
  readonly rate?: number | undefined;
  readonly decay?: number | undefined;
  readonly batch?: number | undefined;
  /** `auto`, `none`, or names of augmentations with commas. */
  readonly augment?: string | undefined;
  /** Share of the samples that is held back to choose the best weights. */
  readonly holdBack?: number | undefined;
  /** Patterns of nodes whose weights stay. */
  readonly freeze?: readonly string[] | undefined;
  /** Draws the weights of the student anew. */
  readonly initialize?: boolean | undefined;
  /** Name of a rounding of weights to train against; the written weights are rounded so. */
  readonly round?: string | undefined;
  readonly clip?: number | undefined;
  readonly patience?: number | undefined;
  /** Where the state of the training is kept as it goes; an existing one is gone on from. */
  readonly checkpoint?: string | undefined;
  /** By how much training may grow the process, in bytes; half of the free memory without. */
  readonly memoryBytes?: number | undefined;
  readonly seed?: number | undefined;
  readonly threads?: number | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}
