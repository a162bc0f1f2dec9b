import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { removeLeftoversOf } from '../leftovers.js';
import { reportOfEnd, type ChildEnd } from './child-end.js';
import { colors, takesColor } from './color.js';
import { errorLines } from './error-lines.js';

/** The command that ended otherwise than by itself. */
export interface Ended {
  readonly words: readonly string[];
  /** Of its process; undefined where none could be started. */
  readonly pid: number | undefined;
  /** The status that follows from a signal that it was sent. */
  readonly interrupted: number | undefined;
}

/** Line and cursor as they were before something was drawn. */
const undrawn = '\r\u001B[2K\u001B[?25h';

/**
 * Says on stderr why a command ended without a word and removes what it left unfinished near the paths that it was
 * given. Gives the exit status.
 */
export function afterwards(owner: NodeJS.Process, end: ChildEnd | Error, ended: Ended): number {
  const { words, pid, interrupted } = ended;
  if (pid !== undefined) removeLeftoversOf(pid, words.flatMap(foldersOf));
  const { status, error } =
    end instanceof Error
      ? {
          status: 3,
          error: {
            message: `no process could be started: ${end.message}`,
            hint: 'end other programs, or raise the limit: ulimit -u',
          },
        }
      : reportOfEnd(end, words, interrupted);
  if (error === undefined) return status;
  const { stderr, env } = owner;
  stderr.on('error', () => undefined);
  const style = colors(takesColor(stderr, env));
  if (stderr.isTTY) stderr.write(undrawn);
  stderr.write(`${errorLines(style, error.message, error.hint).join('\n')}\n`);
  return status;
}

/** Where a file that this word names, or holds as `--flag=FILE`, may have been written. */
function foldersOf(word: string): string[] {
  const path = resolve(word.startsWith('-') ? word.slice(word.indexOf('=') + 1) : word);
  try {
    return [path, dirname(path), dirname(realpathSync(path))];
  } catch {
    return [path, dirname(path)];
  }
}
