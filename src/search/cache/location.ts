import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The folder of the cache: what was named, else `$XDG_CACHE_HOME/infer-opt`, else `~/.cache/infer-opt`. */
export function cacheFolder(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  if (named !== undefined) return resolve(named);
  const home = env.XDG_CACHE_HOME;
  // The specification has relative paths ignored.
  return join(home?.startsWith('/') === true ? home : join(homedir(), '.cache'), 'infer-opt');
}
