import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

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
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
