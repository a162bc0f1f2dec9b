import type { DatasetOptions } from '../data/dataset.js';
import type { Progress } from '../progress.js';

export interface FuseRequest {
  readonly model: string;
  readonly output: string;
  /** `safe`, `basic` or `full`. */
  readonly level?: string | undefined;
  /** Only these passes, by name. */
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
  /** Carries the model to this operator set first; kept without. */
  readonly opset?: number | undefined;
  /** Ends after so many runs of a pass that changed something: to find the one that did it. */
  readonly stopAfter?: number | undefined;
  /** Compares outputs before and after; on without. */
  readonly verify?: boolean | undefined;
  /** Times the result against the original. */
  readonly bench?: boolean | undefined;
  readonly data?: string | undefined;
  readonly dataset?: DatasetOptions | undefined;
  readonly threads?: number | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}
