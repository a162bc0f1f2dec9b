import { InferOptError } from '../../errors.js';
import { findTrtexec } from './find.js';
import { formatVersion } from './version.js';

/** A program that other commands need. */
export interface Program {
  readonly found: boolean;
  readonly path: string | null;
  /** Null when it was not found, or did not say. */
  readonly version: string | null;
  /** Why it does not work, in one line. */
  readonly problem: string | null;
  /** What to do about the problem. */
  readonly hint: string | null;
}

/** Looks for trtexec where `compile` does, and asks for its version. */
export async function readTrtexec(signal?: AbortSignal): Promise<Program> {
  try {
    const { path, version } = await findTrtexec({ signal });
    return { found: true, path, version: formatVersion(version), problem: null, hint: null };
  } catch (thrown) {
    if (!(thrown instanceof InferOptError)) throw thrown;
    return { found: false, path: null, version: null, problem: thrown.message, hint: thrown.hint ?? null };
  }
}
