import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { leftoversOf, removeLeftovers, unfinishedName } from '../leftovers.js';
import { asOutputError } from '../output-file.js';
import { InferOptError } from '../errors.js';

/** The file that says that a folder was written by a search. */
export const resultFile = 'optimize.json';

/**
 * A folder that is either whole or absent: it is filled under another name beside its place and renamed. What killed
 * runs left behind is removed by the next one.
 */
export class OutputFolder {
  readonly path: string;
  /** Where its files are written until it is finished. */
  readonly staging: string;
  readonly #force: boolean;

  private constructor(path: string, force: boolean) {
    this.path = path;
    this.#force = force;
    this.staging = join(dirname(path), unfinishedName(basename(path), 'partial'));
  }

  /** Throws `output` when the folder is there and may not be replaced, or cannot be written. */
  static async create(output: string, force: boolean): Promise<OutputFolder> {
    const path = resolve(output);
    await restoreReplaced(path);
    await refuseExisting(path, output, force);
    const folder = new OutputFolder(path, force);
    try {
      await removeLeftovers(dirname(path), basename(path));
      await mkdir(folder.staging);
    } catch (thrown) {
      throw asOutputError(thrown, output);
    }
    return folder;
  }

  /** Puts it in its place. */
  async finish(): Promise<void> {
    await refuseExisting(this.path, this.path, this.#force);
    const old = `${this.staging}.old`;
    const replaced = (await stat(this.path).catch(() => undefined)) !== undefined;
    if (replaced) await rename(this.path, old);
    await rename(this.staging, this.path);
    if (replaced) await rm(old, { recursive: true, force: true });
  }

  /** Leaves nothing behind; after `finish` it does nothing. */
  async discard(): Promise<void> {
    await rm(this.staging, { recursive: true, force: true });
  }
}

/** A run that was killed between moving the old folder away and the new one into place left neither: the old comes back. */
async function restoreReplaced(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) !== undefined) return;
  const [old] = await leftoversOf(dirname(path), basename(path), '.old').catch(() => []);
  if (old !== undefined) await rename(old, path);
}

async function refuseExisting(path: string, shown: string, force: boolean): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isDirectory()) {
    throw new InferOptError('output', `cannot write the folder ${shown}: it is a file`, {
      hint: 'choose another path',
    });
  }
  if (!force) {
    throw new InferOptError('output', `the folder ${shown} exists`, {
      hint: 'choose another one, or replace it with --force',
    });
  }
  const names = await readdir(path);
  if (names.length > 0 && !names.includes(resultFile)) {
    throw new InferOptError('output', `the folder ${shown} holds other things than an earlier search wrote`, {
      hint: `--force replaces only a folder with ${resultFile} in it; choose another path`,
    });
  }
}
