import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { TensorRtIntent } from './intent.js';
import { formatVersion, type TensorRtVersion } from './version.js';

/**
 * Where measured kernel times are kept between builds: the given file, else one of our own for this GPU and version, as
 * times of another device or version are worth nothing. Undefined where none is wanted.
 */
export function timingCachePath(
  intent: TensorRtIntent,
  version: TensorRtVersion,
  device: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  if (intent.timingCache === false) return undefined;
  if (intent.timingCache !== undefined) return intent.timingCache;
  // Without a name of the device a file could be shared by two.
  if (device === undefined) return undefined;
  const base = env.XDG_CACHE_HOME ? env.XDG_CACHE_HOME : path.join(homedir(), '.cache');
  const name = `${device}-${formatVersion(version)}`.toLowerCase().replace(/[^a-z0-9.]+/g, '-');
  return path.join(base, 'infer-opt', 'tensorrt', `${name}.timing`);
}

/**
 * Lets `work` use a private copy of a timing cache, which takes the place of the kept one when the work went well: two
 * builds at once, or one that is cut off, never leave half a file. The last to finish wins; what the other one measured
 * is then measured again some time.
 */
export async function withTimingCache<Result>(
  kept: string | undefined,
  folder: string,
  work: (copy: string | undefined) => Promise<Result>,
): Promise<Result> {
  if (kept === undefined) return work(undefined);
  const copy = path.join(folder, 'timing.cache');
  if (await isThere(kept)) await copyFile(kept, copy);
  const result = await work(copy);
  if (await isThere(copy)) {
    await mkdir(path.dirname(kept), { recursive: true });
    const staged = `${kept}.${process.pid}.tmp`;
    try {
      await copyFile(copy, staged);
      await rename(staged, kept);
    } finally {
      await rm(staged, { force: true });
    }
  }
  return result;
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    ({ size }) => size > 0,
    () => false,
  );
}
