import { mkdtemp, rm } from 'node:fs/promises';
import { temporaryPrefix } from '../leftovers.js';

/** Runs `work` with a fresh folder that is gone afterwards, whatever happens. */
export async function withTemporaryFolder<Result>(
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(temporaryPrefix());
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
