import type { ModelFailure } from './process/model-process-error.js';
import { ModelProcessError } from './process/model-process-error.js';
import { ModelProcess, type ValueSpec } from './process/model-process.js';

/** Whether the runtime opens a model, and with which inputs and outputs, or how it failed. */
export type Probe =
  | { readonly opens: true; readonly inputs: readonly ValueSpec[]; readonly outputs: readonly ValueSpec[] }
  | {
      readonly opens: false;
      readonly failure: ModelFailure;
      readonly reason: string;
      readonly hint?: string;
    };

export interface ProbeOptions {
  /** 120,000 ms unless said otherwise. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Opens a model file in a child process, for a model that nobody vouches for: a malformed one can end the
 * process that opens it, and then only the child is gone. After a good answer the file can be opened here.
 * Throws `environment` when no process can be started, and the signal's reason when aborted.
 */
export async function probeModel(path: string, options: ProbeOptions = {}): Promise<Probe> {
  try {
    const model = await ModelProcess.start(path, { threads: 1, ...options });
    await model.close();
    return { opens: true, inputs: model.inputs, outputs: model.outputs };
  } catch (thrown) {
    if (!(thrown instanceof ModelProcessError)) throw thrown;
    const { failure, message, hint } = thrown;
    return { opens: false, failure, reason: message, ...(hint === undefined ? {} : { hint }) };
  }
}
