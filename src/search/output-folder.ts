import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
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
    const name = `.${basename(path)}.${thisMachine}-${process.pid}-${randomBytes(4).toString('hex')}.partial`;
    this.staging = join(dirname(path), name);
  }

  /** Throws `output` when the folder is there and may not be replaced, or cannot be written. */
  static async create(output: string, force: boolean): Promise<OutputFolder> {
    const path = resolve(output);
    await refuseExisting(path, output, force);
    const folder = new OutputFolder(path, force);
    try {
      await removeLeftovers(path);
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

/** Process numbers are told apart by machine: a folder may be shared. */
const thisMachine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

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

async function removeLeftovers(path: string): Promise<void> {
  const parent = dirname(path);
  const pattern = /^\.(.+)\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.partial(\.old)?$/;
  for (const name of await readdir(parent)) {
    const [, of, machine, pid] = pattern.exec(name) ?? [];
    if (of !== basename(path) || machine !== thisMachine || isAlive(Number(pid))) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
