import { unlinkSync } from 'node:fs';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InferOptError, messageOf } from './errors.js';
import { removeLeftovers, unfinishedName } from './leftovers.js';

/** Temporary files that are being written, so that a forced exit leaves none behind. */
const unfinished = new Set<string>();
let cleansUpAtExit = false;

function removeUnfinished(): void {
  for (const path of unfinished) {
    try {
      unlinkSync(path);
    } catch {
      // The process is ending: a file that cannot be removed cannot be reported either.
    }
  }
}

const systemReasons: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOSPC: ['no space is left on the disk', 'free some space, or write to another disk'],
  EDQUOT: ['the disk quota is used up', 'free some space, or write to another disk'],
  EFBIG: ['the file would be larger than the file system allows', 'write to another file system'],
  EACCES: ['permission denied', 'choose a folder that you may write to'],
  EPERM: ['operation not permitted', 'choose a folder that you may write to'],
  EROFS: ['the file system is read-only', 'choose a folder that you may write to'],
  ENOENT: ['the folder does not exist', 'create the folder first, or choose another path'],
  ENOTDIR: ['a part of the path is not a folder', 'choose another path'],
  EISDIR: ['it is a folder', 'give the path of a file'],
  ENAMETOOLONG: ['the name is too long', 'choose a shorter name'],
  ELOOP: ['too many symbolic links', 'choose another path'],
  EMFILE: ['too many files are open', 'raise the limit: ulimit -n'],
  ENFILE: ['too many files are open', 'close some programs'],
  EIO: ['the disk reported an error', 'check the disk, or write to another one'],
};

/** Why the system refused, and what to do about it; undefined for anything else. */
export function systemReasonOf(thrown: Error): readonly [reason: string, hint: string] | undefined {
  const code = (thrown as NodeJS.ErrnoException).code;
  return code === undefined ? undefined : systemReasons[code];
}

/** An `output` error in one line where the system refused to write; anything else comes back as it was. */
export function asOutputError(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof Error) || thrown instanceof InferOptError) return thrown;
  const known = systemReasonOf(thrown);
  if (known === undefined) return thrown;
  return new InferOptError('output', `cannot write ${path}: ${known[0]}`, { hint: known[1], cause: thrown });
}

/**
 * Refuses, before any work is done, a path that cannot become a file: a missing parent folder, an existing
 * thing that is no regular file, or one of the `inputs` (the same file by any name).
 */
export async function checkOutputFile(path: string, inputs: readonly string[] = []): Promise<void> {
  const parent = dirname(resolve(path));
  const parentStatus = await statusOf(parent, path);
  if (parentStatus === undefined) {
    throw new InferOptError('output', `cannot write ${path}: the folder ${parent} does not exist`, {
      hint: 'create the folder first, or choose another path',
    });
  }
  if (!parentStatus.isDirectory()) {
    throw new InferOptError('output', `cannot write ${path}: ${parent} is not a folder`, {
      hint: 'choose another path',
    });
  }
  const status = await statusOf(path, path);
  if (status === undefined) return;
  if (status.isDirectory()) {
    throw new InferOptError('output', `cannot write ${path}: it is a folder`, {
      hint: `give the path of a file, such as ${join(path, 'model.onnx')}`,
    });
  }
  if (!status.isFile()) {
    throw new InferOptError('output', `cannot write ${path}: it is not a regular file`, {
      hint: 'give the path of a file; the result is renamed into place and cannot go to a device or pipe',
    });
  }
  for (const input of inputs) {
    const inputStatus = await statusOf(input, input);
    // The inode tells hard links too; it is 0 on file systems that have none, where the real path decides.
    const sameFile =
      inputStatus !== undefined &&
      ((status.ino !== 0 && inputStatus.ino === status.ino && inputStatus.dev === status.dev) ||
        (await realpath(input)) === (await realpath(path)));
    if (sameFile) {
      throw new InferOptError('output', `the output ${path} is the input ${input}`, {
        hint: 'choose another path for the output: the input is never overwritten',
      });
    }
  }
}

async function statusOf(path: string, output: string) {
  try {
    return await stat(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw asOutputError(thrown, output);
  }
}

/** Reasons that are always about what is written, whichever path the system names: `copyFile` names its source. */
const onlyOfWriting = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS'];

/**
 * Writes a file so that it is either whole or absent: `write` fills a temporary file in the same folder,
 * which is flushed to the disk and renamed over `path`, or over what `name` says afterwards, in the same
 * folder (a name may be made of the content). When `write` fails, or `signal` aborts, the temporary file is removed and
 * whatever was at `path` stays. A symbolic link is followed, not replaced. What killed processes were writing for
 * `path` is removed first.
 *
 * @throws InferOptError `output` where the system refuses (no space, no permission, no such folder)
 */
export async function writeWhole(
  path: string,
  write: (temporaryPath: string) => Promise<void>,
  options: { signal?: AbortSignal | undefined; name?: (() => string) | undefined } = {},
): Promise<void> {
  options.signal?.throwIfAborted();
  const target = (await statusOf(path, path)) === undefined ? resolve(path) : await realpath(path);
  const folder = dirname(target);
  const temporary = join(folder, unfinishedName(basename(target), 'tmp'));
  if (!cleansUpAtExit) {
    process.on('exit', removeUnfinished);
    cleansUpAtExit = true;
  }
  unfinished.add(temporary);
  try {
    await removeLeftovers(folder, basename(target));
    await write(temporary);
    await flush(temporary);
    options.signal?.throwIfAborted();
    await rename(temporary, options.name === undefined ? target : join(folder, options.name()));
  } catch (thrown) {
    await rm(temporary, { force: true }).catch((failure: unknown) => {
      throw new AggregateError(
        [thrown, failure],
        `${messageOf(thrown)}; and ${temporary} could not be removed`,
      );
    });
    throw isAboutWriting(thrown, folder, temporary) ? asOutputError(thrown, path) : thrown;
  } finally {
    unfinished.delete(temporary);
  }
}

/** `write` may also read (lazy external data, copies): a failure about another file is not about the output. */
function isAboutWriting(thrown: unknown, folder: string, temporary: string): boolean {
  const { code, path } = thrown as NodeJS.ErrnoException;
  if (path === undefined || path === temporary || path === folder) return true;
  return code !== undefined && onlyOfWriting.includes(code);
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
