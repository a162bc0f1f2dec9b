import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** Process numbers are told apart by machine: a folder may be shared. */
const thisMachine = sumOf(hostname()).slice(0, 8);

/** File systems take names of 255 bytes; the rest is for what is added. */
const longestStem = 190;

/**
 * A hidden name beside `name` for what is not finished yet. It says which process writes it, so that what a killed
 * one left behind can be told from what is being written.
 */
export function unfinishedName(name: string, ending: 'tmp' | 'partial'): string {
  return `.${stemOf(name)}.${thisMachine}-${process.pid}-${randomBytes(4).toString('hex')}.${ending}`;
}

/** How the name of a folder for temporary files begins, for `mkdtemp`: it says whose it is as well. */
export function temporaryPrefix(pid = process.pid): string {
  return join(tmpdir(), `infer-opt-${thisMachine}-${pid}-`);
}

/** Removes the temporary files of a process of this machine, and what it was writing in these folders, as far as that goes. */
export function removeLeftoversOf(pid: number, folders: readonly string[]): void {
  const unfinished = new RegExp(`^\\..+\\.${thisMachine}-${pid}-[0-9a-f]{8}\\.(?:tmp|partial)$`, 's');
  const prefix = basename(temporaryPrefix(pid));
  for (const folder of new Set([...folders, tmpdir()])) {
    for (const name of namesIn(folder)) {
      if (!unfinished.test(name) && !name.startsWith(prefix)) continue;
      try {
        rmSync(join(folder, name), { recursive: true, force: true });
      } catch {
        // It stays, as everything of a killed process may: there is a better reason to tell of.
      }
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // No folder, or none of ours.
  }
}

/** Removes what processes of this machine that are gone were writing for `name` in `folder`. */
export async function removeLeftovers(folder: string, name: string): Promise<void> {
  for (const path of await leftoversOf(folder, name)) await rm(path, { recursive: true, force: true });
}

/** What processes of this machine that are gone left in `folder` for `name`; `ending` narrows it down. */
export async function leftoversOf(folder: string, name: string, ending = ''): Promise<string[]> {
  const pattern = /^\.(.+)\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.(?:tmp|partial)(?:\.old)?$/s;
  const found = (await readdir(folder)).filter((file) => {
    const [, of, machine, pid] = pattern.exec(file) ?? [];
    return of === stemOf(name) && machine === thisMachine && !isAlive(Number(pid)) && file.endsWith(ending);
  });
  return found.map((file) => join(folder, file));
}

/** The name itself, or its sum where nothing could be added to it. */
function stemOf(name: string): string {
  return Buffer.byteLength(name) <= longestStem ? name : sumOf(name);
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

/** One that has ended keeps its number until its parent asks; an orphan in a container may keep it for good. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false; // Just gone, or no such files on this system.
  }
}
