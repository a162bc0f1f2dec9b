import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { InferOptError, messageOf } from '../errors.js';
import type { SourceFile } from './sources/source.js';

/** SHA-256 over a description, then name, size and content of each file, streamed. */
export async function digestOf(description: unknown, files: readonly SourceFile[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(description));
  for (const { name, path } of files) {
    try {
      const { size } = await stat(path);
      hash.update(`\n${name}\0${size}\0`);
      for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 }))
        hash.update(chunk as Buffer);
    } catch (thrown) {
      throw new InferOptError('data', `${path} cannot be read: ${messageOf(thrown)}`, { cause: thrown });
    }
  }
  return hash.digest('hex');
}
