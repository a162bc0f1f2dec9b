import { InferOptError } from '../../errors.js';

/**
 * What went wrong with a model in its process:
 * - `load`: the runtime refused the model
 * - `run`: the runtime refused a run (wrong inputs, an operator that failed)
 * - `crash`: the process died by itself
 * - `timeout`: it did not answer in time and was killed
 */
export type ModelFailure = 'load' | 'run' | 'crash' | 'timeout';

/** A failure of one model, told in one line that starts with its path. The rest of the work can go on without it. */
export class ModelProcessError extends InferOptError {
  readonly failure: ModelFailure;

  constructor(failure: ModelFailure, message: string, hint?: string) {
    super('model', message, hint === undefined ? {} : { hint });
    this.name = 'ModelProcessError';
    this.failure = failure;
  }
}
