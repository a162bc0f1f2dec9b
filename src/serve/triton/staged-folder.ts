import { rmSync } from 'node:fs';
import { access, copyFile, cp, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf } from '../../errors.js';
import { removeLeftovers, unfinishedName } from '../../leftovers.js';
import { asOutputError } from '../../output-file.js';

/** Staged folders of this process, so that a forced exit leaves none behind. */
const unfinished = new Set<string>();
let cleansUpAtExit = false;

/** One thing that was moved to its place. */
interface Move {
  readonly to: string;
  /** Where what was there before is kept; undefined when there was nothing. */
  readonly backup: string | undefined;
}

/**
 * A tree of files that is made somewhere else and then moved into a folder: whole, or, when a move fails, not at
 * all. It lies beside the folder, because a server that watches the folder must not see it half made.
 */
export class StagedFolder {
  readonly #target: string;
  readonly #temporary: string;
  readonly #targetExists: boolean;

  private constructor(target: string, temporary: string, targetExists: boolean) {
    this.#target = target;
    this.#temporary = temporary;
    this.#targetExists = targetExists;
  }

  static async create(target: string, targetExists: boolean): Promise<StagedFolder> {
    const path = resolve(target);
    const around = await nearby(path, targetExists);
    await removeLeftovers(around, basename(path));
    const temporary = join(around, unfinishedName(basename(path), 'tmp'));
    if (!cleansUpAtExit) {
      process.on('exit', () => {
        for (const one of unfinished) rmSync(one, { recursive: true, force: true });
      });
      cleansUpAtExit = true;
    }
    unfinished.add(temporary);
    try {
      // One by one: made in one go, a folder on a read-only disk is reported as one that is not there.
      await mkdir(temporary);
      await mkdir(join(temporary, 'new'));
    } catch (thrown) {
      throw asOutputError(thrown, target);
    }
    return new StagedFolder(path, temporary, targetExists);
  }

  /** Where something will be. */
  finalPath(path: string): string {
    return join(this.#target, path);
  }

  async folder(path: string): Promise<void> {
    await mkdir(this.#staged(path), { recursive: true });
  }

  /** Copies a file, or what a link points to. */
  async copy(from: string, to: string): Promise<void> {
    const path = this.#staged(to);
    await mkdir(dirname(path), { recursive: true });
    await copyFile(from, path);
    await flush(path);
  }

  async write(to: string, text: string): Promise<void> {
    const path = this.#staged(to);
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Moves everything to its place. What has been moved is taken back when a later move fails. */
  async moveIntoPlace(): Promise<void> {
    if (!this.#targetExists) {
      await rename(this.#staged(''), this.#target);
      return;
    }
    const moves: Move[] = [];
    try {
      await this.#merge('', moves);
    } catch (thrown) {
      for (const { to, backup } of moves.reverse()) {
        await (backup === undefined ? rm(to, { recursive: true, force: true }) : rename(backup, to)).catch(
          (failure: unknown) => {
            throw new AggregateError(
              [thrown, failure],
              `${messageOf(thrown)}; and ${to} could not be taken back`,
            );
          },
        );
      }
      throw thrown;
    }
  }

  async remove(): Promise<void> {
    await rm(this.#temporary, { recursive: true, force: true });
    unfinished.delete(this.#temporary);
  }

  /** Moves what is new as a whole and looks into folders that are there already. */
  async #merge(path: string, moves: Move[]): Promise<void> {
    // Files last, and so the configuration after the version that it is for.
    const entries = (await readdir(this.#staged(path), { withFileTypes: true })).sort(
      (a, b) => Number(b.isDirectory()) - Number(a.isDirectory()),
    );
    for (const entry of entries) {
      const inner = join(path, entry.name);
      const to = this.finalPath(inner);
      const there = await exists(to);
      if (entry.isDirectory() && there && path === '') {
        await this.#merge(inner, moves);
        continue;
      }
      let backup: string | undefined;
      if (there && entry.isFile()) {
        backup = join(this.#temporary, `before-${moves.length}`);
        await cp(to, backup);
      }
      // Renaming a folder over one that has come meanwhile fails, as it should.
      await rename(this.#staged(inner), to);
      moves.push({ to, backup });
    }
  }

  #staged(path: string): string {
    return join(this.#temporary, 'new', path);
  }
}

/** A folder on the same file system: the one around the target, else the target itself. */
async function nearby(target: string, targetExists: boolean): Promise<string> {
  const parent = dirname(target);
  if (!targetExists) return parent;
  const [inside, outside] = await Promise.all([stat(target), stat(parent)]);
  if (inside.dev !== outside.dev) return target;
  try {
    // 2 is W_OK: may we write there?
    await access(parent, 2);
    return parent;
  } catch {
    return target;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw thrown;
  }
}

async function flush(path: string): Promise<void> {
  // Read-only source files give read-only copies, which a server needs to read and nobody to write.
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
