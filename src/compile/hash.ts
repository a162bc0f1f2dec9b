import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';

/** A file as a manifest names it. */
export interface HashedFile {
  readonly path: string;
  readonly bytes: number;
  /** Of the content, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Size and hash of a file together with what lies beside it for it (external weights): the hash of the file alone where
 * there is nothing, else over the hashes of all, each after its name.
 */
export async function hashFile(file: string, companions: readonly string[] = []): Promise<HashedFile> {
  const own = await sha256Of(file);
  let bytes = (await stat(file)).size;
  if (companions.length === 0) return { path: file, bytes, sha256: own };
  const all = createHash('sha256').update(`model ${own}\n`);
  for (const companion of companions) {
    all.update(`${path.basename(companion)} ${await sha256Of(companion)}\n`);
    bytes += (await stat(companion)).size;
  }
  return { path: file, bytes, sha256: all.digest('hex') };
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
