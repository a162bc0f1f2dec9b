import { closeSync, constants, openSync, readSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { InferOptError } from '../errors.js';
import type { ByteSource } from '../tensor/tensor.js';
import type { EntryMessage } from './messages.js';

/** Where an external tensor lies: a file beside the model, and a range of bytes in it. */
export interface ExternalLocation {
  readonly location: string;
  readonly offset: number;
  readonly length: number | undefined;
}

export function parseExternalLocation(tensor: string, entries: readonly EntryMessage[]): ExternalLocation {
  const map = new Map(entries.map((entry) => [entry.key ?? '', entry.value ?? '']));
  const location = map.get('location');
  if (location === undefined || location === '') {
    throw new InferOptError('model', `tensor ${tensor} is external and says no location`);
  }
  return { location, offset: count('offset') ?? 0, length: count('length') };

  function count(key: string): number | undefined {
    const text = map.get(key);
    if (text === undefined || text === '') return undefined;
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(value)) {
      throw new InferOptError(
        'model',
        `tensor ${tensor} has external data with ${key} ${JSON.stringify(text)}`,
      );
    }
    return value;
  }
}

/**
 * The bytes of an external tensor, read each time they are asked for. Only regular files inside the
 * model's own folder are taken: a model is untrusted, and a link or `..` would let it read anything.
 */
export function openExternalData(
  tensor: string,
  directory: string,
  { location, offset, length }: ExternalLocation,
  byteLength: number,
): ByteSource {
  const file = resolveInside(tensor, directory, location);
  if (length !== undefined && length !== byteLength) {
    throw new InferOptError(
      'model',
      `tensor ${tensor} needs ${byteLength} bytes and its external data has ${length}`,
    );
  }
  const fileSize = statSync(file).size;
  if (offset + byteLength > fileSize) {
    throw new InferOptError(
      'model',
      `tensor ${tensor} ends at byte ${offset + byteLength} of ${location}, which has ${fileSize}`,
    );
  }
  return { byteLength, read: () => readRange(file, offset, byteLength) };
}

function resolveInside(tensor: string, directory: string, location: string): string {
  const refuse = (why: string): InferOptError =>
    new InferOptError('model', `tensor ${tensor} has its data in ${JSON.stringify(location)}, ${why}`, {
      hint: 'external data must be a regular file in the folder of the model',
    });
  if (path.isAbsolute(location) || location.includes('\0')) throw refuse('which is no relative path');
  const folder = realpathSync(directory);
  let file: string;
  try {
    file = realpathSync(path.join(folder, location));
  } catch (cause) {
    throw new InferOptError(
      'model',
      `tensor ${tensor} has its data in ${JSON.stringify(location)}, which is not there`,
      {
        hint: `put it beside the model, into ${folder}`,
        cause,
      },
    );
  }
  if (!file.startsWith(folder + path.sep)) throw refuse('outside of the folder of the model');
  if (!statSync(file).isFile()) throw refuse('which is no regular file');
  return file;
}

function readRange(file: string, offset: number, byteLength: number): Uint8Array {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY);
  } catch (cause) {
    throw new InferOptError('model', `${file}, which holds weights of the model, cannot be read any more`, {
      hint: 'leave the files of a model alone while it is worked on',
      cause,
    });
  }
  try {
    const bytes = new Uint8Array(byteLength);
    let done = 0;
    while (done < byteLength) {
      // One read is limited to 2 GiB - 1 on most systems.
      const step = readSync(descriptor, bytes, done, Math.min(byteLength - done, 2 ** 30), offset + done);
      if (step === 0) throw new InferOptError('model', `${file} became shorter while it was read`);
      done += step;
    }
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}
