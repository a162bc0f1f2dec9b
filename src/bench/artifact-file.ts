import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { InferOptError } from '../errors.js';

/** What reading a model tells about it without running it. */
export interface ModelFacts {
  readonly nodes: number;
  /** Files with its external data. */
  readonly files: readonly string[];
}

export interface ArtifactFile {
  readonly sha256: string;
  readonly bytes: number;
}

/** Sum and size of a model's file and of its external data, in that order. Throws `usage` when a file is not there. */
export async function readArtifactFile(path: string, external: readonly string[]): Promise<ArtifactFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const file of [path, ...external]) {
    await checkFile(file);
    for await (const chunk of createReadStream(file)) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).byteLength;
    }
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** Throws `usage` when there is no such file. */
export async function checkFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) {
    throw new InferOptError('usage', `${path}: ${found ? 'this is no file' : 'there is no such file'}`);
  }
}
