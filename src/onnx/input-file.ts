import { stat } from 'node:fs/promises';
import { InferOptError } from '../errors.js';

/**
 * Remembers a file that is read more than once during a job. The function that comes back throws `model` where the
 * file is not what it was: a result made of two versions of a model is a result of none.
 */
export async function rememberInput(file: string): Promise<() => Promise<void>> {
  const before = await stateOf(file);
  return async () => {
    const now = await stateOf(file);
    if (now === before) return;
    throw new InferOptError(
      'model',
      now === undefined
        ? `${file} vanished while it was worked on`
        : `${file} changed while it was worked on`,
      { hint: 'nothing was written; leave the model alone until the job is done' },
    );
  };
}

async function stateOf(file: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs].join(' ');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}
