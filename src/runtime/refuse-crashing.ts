import { InferOptError } from '../errors.js';
import { probeModel } from './probe.js';
import { isSupervised } from './supervision.js';

/**
 * Opens a model in a child process first: one that ends the process which opens it becomes an error message. What the
 * runtime merely refuses passes, as it may still open after an upgrade. A process that is supervised spares itself the
 * child: its parent makes the error message.
 *
 * @throws InferOptError `model` where the child died or gave no answer
 */
export async function refuseCrashing(model: string, signal: AbortSignal | undefined): Promise<void> {
  if (isSupervised()) return;
  const probe = await probeModel(model, signal === undefined ? {} : { signal });
  if (probe.opens || (probe.failure !== 'crash' && probe.failure !== 'timeout')) return;
  throw new InferOptError('model', `${model} cannot be opened: ${probe.reason}`, {
    hint: probe.hint ?? 'the model is malformed, or the runtime has a bug that it sets off',
  });
}
