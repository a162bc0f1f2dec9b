import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { removeQuietly } from './cache.js';

export interface CacheUsage {
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
}

export interface PruneLimits {
  /** Only what was not used for so long, in ms. */
  readonly olderThanMs?: number | undefined;
  /** Only until no more than this is left, the longest unused first. */
  readonly keepBytes?: number | undefined;
}

/** Files of the cache's own layout; whatever else lies in the folder is not ours to touch. */
const ours = /^v\d+\/(artifacts|values)\/[0-9a-f]{2}\/\.?[0-9a-f]{64}\.(onnx|json)(\.[0-9a-f]{12}\.tmp)?$/;

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly usedAt: number;
}

/** How much the cache holds. */
export async function cacheUsage(folder: string): Promise<CacheUsage> {
  const entries = await entriesOf(folder);
  return { folder, files: entries.length, bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Removes entries and says how much went; everything without limits. */
export async function pruneCache(folder: string, limits: PruneLimits = {}): Promise<CacheUsage> {
  const entries = (await entriesOf(folder)).sort((a, b) => a.usedAt - b.usedAt);
  const bound = limits.olderThanMs === undefined ? Infinity : Date.now() - limits.olderThanMs;
  let left = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  let [files, removed] = [0, 0];
  for (const { path, bytes, usedAt } of entries) {
    if (usedAt > bound || left <= (limits.keepBytes ?? -1)) continue;
    await removeQuietly(path);
    left -= bytes;
    removed += bytes;
    files++;
  }
  return { folder, files, bytes: removed };
}

async function entriesOf(folder: string): Promise<Entry[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const entries: Entry[] = [];
  for (const name of names) {
    if (!ours.test(name.replaceAll('\\', '/'))) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() === true) entries.push({ path, bytes: found.size, usedAt: found.mtimeMs });
  }
  return entries;
}
