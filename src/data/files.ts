import { open, readFile, stat, type FileHandle } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { InferOptError, messageOf } from '../errors.js';
import { largestUnpackedBytes, suspiciousBytes, suspiciousRatio } from './limits.js';

/** The bytes of a file, unpacked where it is gzip (by its magic bytes, whatever its name). Throws `data` with the path. */
export async function readMaybeGzip(path: string): Promise<Uint8Array> {
  const bytes = await readWhole(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const limit = Math.min(largestUnpackedBytes, Math.max(suspiciousBytes, bytes.byteLength * suspiciousRatio));
  try {
    return plainBytes(gunzipSync(bytes, { maxOutputLength: limit }));
  } catch (thrown) {
    const tooLarge = thrown instanceof RangeError;
    throw new InferOptError(
      'data',
      tooLarge
        ? `${path} unpacks from ${bytes.byteLength} to more than ${limit} bytes`
        : `${path} cannot be unpacked: ${messageOf(thrown)}`,
      { cause: thrown },
    );
  }
}

/** The same memory as a plain Uint8Array: a Buffer's own `slice` is a view, not a copy, which tensors do not expect. */
export function plainBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

async function readWhole(path: string): Promise<Uint8Array> {
  await refuseSpecial(path);
  try {
    return plainBytes(await readFile(path));
  } catch (thrown) {
    throw new InferOptError('data', `${path} cannot be read: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** A device never ends, and a pipe that nobody writes to never begins. */
async function refuseSpecial(path: string): Promise<void> {
  const status = await statOrUndefined(path);
  if (status === undefined || status.isFile() || status.isDirectory()) return;
  throw new InferOptError('data', `${path} is no regular file`, { hint: 'write it to a file first' });
}

/** Runs `use` on an open file and closes it whatever happens. Throws `data` when it cannot be opened. */
export async function withFile<Result>(
  path: string,
  use: (file: FileHandle) => Promise<Result>,
): Promise<Result> {
  await refuseSpecial(path);
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (thrown) {
    throw new InferOptError('data', `${path} cannot be read: ${messageOf(thrown)}`, { cause: thrown });
  }
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** `length` bytes from `offset` of an open file. Throws `data` when the file ends before. */
export async function readRange(
  file: FileHandle,
  offset: number,
  length: number,
  where: string,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    // One read call is limited to 2 GiB by the system.
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 2 ** 30), offset + done);
    if (bytesRead === 0)
      throw new InferOptError('data', `${where}: the file ends before byte ${offset + length}`);
    done += bytesRead;
  }
  return bytes;
}

export async function isFolder(path: string): Promise<boolean> {
  return (await statOrUndefined(path))?.isDirectory() ?? false;
}

export async function isFile(path: string): Promise<boolean> {
  return (await statOrUndefined(path))?.isFile() ?? false;
}

async function statOrUndefined(path: string): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  try {
    return await stat(path);
  } catch {
    return undefined;
  }
}
