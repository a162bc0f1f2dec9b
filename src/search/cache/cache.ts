import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { InferOptError, messageOf } from '../../errors.js';
import { writeWhole } from '../../output-file.js';

/** Part of every path: another layout never reads what this one wrote. */
const layout = 'v1';

const artifactNote = z.object({ sha256: z.string(), facts: z.unknown() });

/**
 * What was made and measured before, by content. Every entry is written whole and renamed into place, so two runs may
 * share a cache, and a killed run leaves nothing that a later one could take for finished.
 */
export class Cache {
  readonly folder: string;
  /** Entries that were found, and that were not there. */
  readonly counts = { found: 0, missing: 0 };

  constructor(folder: string) {
    this.folder = folder;
  }

  /** A value that was kept under this key, if it is there and has the form of `schema`. */
  async read<Value>(key: string, schema: z.ZodType<Value>): Promise<Value | undefined> {
    const path = this.#path('values', `${key}.json`);
    const kept = await jsonOf(path);
    const value = schema.safeParse(kept);
    const found = kept !== undefined && value.success;
    this.#count(found);
    if (!found) return undefined;
    await touch(path);
    return value.data;
  }

  async write(key: string, value: unknown): Promise<void> {
    await this.#writeWhole(this.#path('values', `${key}.json`), (temporary) =>
      writeFile(temporary, JSON.stringify(value)),
    );
  }

  /** Puts the artifact of this key at `output` and gives what was noted about it; undefined where there is none. */
  async restore(key: string, output: string): Promise<{ readonly facts: unknown } | undefined> {
    const note = artifactNote.safeParse(await jsonOf(this.#path('artifacts', `${key}.json`)));
    const file = this.#path('artifacts', `${key}.onnx`);
    if (!note.success || (await sumOf(file)) !== note.data.sha256) {
      this.#count(false);
      return undefined;
    }
    try {
      await writeWhole(output, (temporary) => copyFile(file, temporary, constants.COPYFILE_FICLONE));
    } catch (thrown) {
      // Pruned by somebody else in between.
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
      this.#count(false);
      return undefined;
    }
    this.#count(true);
    await touch(file);
    return { facts: note.data.facts };
  }

  /** Keeps an artifact. One whose weights lie in a file of their own is not kept: its name is part of it. */
  async keep(key: string, artifact: string, facts: unknown): Promise<void> {
    const folder = dirname(resolve(artifact));
    const names = await readdir(folder);
    if (names.some((name) => name.startsWith(`${basename(artifact)}.`) && name.endsWith('.data'))) return;
    await this.#writeWhole(this.#path('artifacts', `${key}.onnx`), (temporary) =>
      copyFile(artifact, temporary, constants.COPYFILE_FICLONE),
    );
    // The note comes last: without it the file does not count.
    const sha256 = await sumOf(artifact);
    await this.#writeWhole(this.#path('artifacts', `${key}.json`), (temporary) =>
      writeFile(temporary, JSON.stringify({ sha256, facts })),
    );
  }

  #path(kind: string, name: string): string {
    return join(this.folder, layout, kind, name.slice(0, 2), name);
  }

  #count(found: boolean): void {
    if (found) this.counts.found++;
    else this.counts.missing++;
  }

  async #writeWhole(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
    try {
      await mkdir(dirname(path), { recursive: true });
    } catch (thrown) {
      throw new InferOptError('output', `the cache ${this.folder} cannot be written: ${messageOf(thrown)}`, {
        hint: 'name another folder with --cache, or work without one: --no-cache',
        cause: thrown,
      });
    }
    await writeWhole(path, write);
  }
}

async function jsonOf(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    // Absent, or damaged from outside: both mean that the work is done again.
    return undefined;
  }
}

async function sumOf(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch {
    return undefined;
  }
  return hash.digest('hex');
}

/** The time of last use: the oldest go first. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

/** Removes an entry's file; somebody else may have been faster. */
export async function removeQuietly(path: string): Promise<void> {
  await rm(path, { force: true });
}
