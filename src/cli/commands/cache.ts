import { InvalidArgumentError, type Command } from 'commander';
import { InferOptError } from '../../errors.js';
import { humanBytes } from '../../report/humanize.js';
import { cacheFolder } from '../../search/cache/location.js';
import type { TalkFlags, Terminal } from '../terminal.js';

interface CacheFlags extends TalkFlags {
  readonly cache?: string;
  readonly older?: number;
  readonly keep?: number;
}

/** `infer-opt cache`: where it is and how large; `cache prune` empties it. */
export function cache(command: Command, terminal: Terminal): void {
  command
    .argument('[action]', 'prune: remove what is in it; without, its place and size are shown')
    .option('--cache <folder>', 'the cache; $XDG_CACHE_HOME/infer-opt without')
    .option('--older <days>', 'prune: only what was not used for so many days', numberOf)
    .option('--keep <megabytes>', 'prune: the last used, up to this size, stays', numberOf)
    .option('--json', 'print the result as one JSON object on stdout')
    .option('--quiet', 'no progress, notes or warnings on stderr')
    .option('--verbose', 'the stack of an error')
    .action(async (action: string | undefined, flags: CacheFlags) => {
      const { cacheUsage, pruneCache } = await import('../../search/cache/usage.js');
      const folder = cacheFolder(flags.cache, terminal.env);
      if (action !== undefined && action !== 'prune') {
        throw new InferOptError('usage', `infer-opt cache cannot ${action}`, {
          hint: 'infer-opt cache prune',
        });
      }
      const removed =
        action === undefined
          ? null
          : await pruneCache(folder, {
              olderThanMs: flags.older === undefined ? undefined : flags.older * 86_400_000,
              keepBytes: flags.keep === undefined ? undefined : flags.keep * 1e6,
            });
      const left = await cacheUsage(folder);
      await terminal.result(
        {
          schema: 'infer-opt/cache@1',
          ...left,
          removed: removed && { files: removed.files, bytes: removed.bytes },
        },
        () => {
          const gone =
            removed === null ? '' : `removed ${removed.files} files, ${humanBytes(removed.bytes)}\n`;
          return `${gone}${folder}: ${left.files} files, ${humanBytes(left.bytes)}`;
        },
      );
    })
    .addHelpText('after', '\nExamples:\n  infer-opt cache\n  infer-opt cache prune --older 30');
}

function numberOf(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value >= 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a number from 0.');
  return value;
}
