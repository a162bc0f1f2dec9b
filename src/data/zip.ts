import { crc32, inflateRawSync } from 'node:zlib';
import { InferOptError, messageOf } from '../errors.js';
import { plainBytes, readRange, withFile } from './files.js';
import { largestUnpackedBytes, suspiciousBytes, suspiciousRatio } from './limits.js';

/** A member of an archive, as the central directory declares it. */
export interface ZipMember {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly offset: number;
  /** CRC-32 of the unpacked bytes. */
  readonly checksum: number;
}

const endRecordBytes = 22;
const longestComment = 65_535;
const entryBytes = 46;
const localHeaderBytes = 30;

/**
 * The members of a .zip file (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), read from the
 * central directory alone, so that declared sizes are judged before anything is unpacked. Names are labels:
 * nothing is ever written under them. Throws `data` for a broken file, an encrypted one, or a bomb.
 */
export function listZip(path: string): Promise<ZipMember[]> {
  return withFile(path, async (file) => {
    const size = (await file.stat()).size;
    const tailBytes = Math.min(size, endRecordBytes + longestComment);
    const tail = viewOf(await readRange(file, size - tailBytes, tailBytes, path));
    let at = tail.byteLength - endRecordBytes;
    while (at >= 0 && tail.getUint32(at, true) !== 0x06054b50) at--;
    if (at < 0) throw new InferOptError('data', `${path} is no .npz archive (no zip directory at its end)`);
    const count = tail.getUint16(at + 10, true);
    const directoryBytes = tail.getUint32(at + 12, true);
    const directoryOffset = tail.getUint32(at + 16, true);
    if (count === 0xffff || directoryOffset + directoryBytes > size) {
      throw new InferOptError(
        'data',
        `${path}: the zip directory is broken, or the archive has more than 4 GiB`,
      );
    }
    const directory = await readRange(file, directoryOffset, directoryBytes, path);
    const members = parseDirectory(directory, count, path);
    refuseBombs(members, size, path);
    return members;
  });
}

function parseDirectory(directory: Uint8Array, count: number, path: string): ZipMember[] {
  const view = viewOf(directory);
  const members: ZipMember[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + entryBytes > view.byteLength || view.getUint32(at, true) !== 0x02014b50) {
      throw new InferOptError('data', `${path}: entry ${i} of the zip directory is broken`);
    }
    const nameBytes = view.getUint16(at + 28, true);
    const name = Buffer.from(directory.subarray(at + entryBytes, at + entryBytes + nameBytes)).toString(
      'utf8',
    );
    if ((view.getUint16(at + 8, true) & 1) !== 0)
      throw new InferOptError('data', `${path}: ${name} is encrypted`);
    members.push({
      name,
      method: view.getUint16(at + 10, true),
      packedBytes: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
      checksum: view.getUint32(at + 16, true),
    });
    at += entryBytes + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return members;
}

function refuseBombs(members: readonly ZipMember[], archiveBytes: number, path: string): void {
  const outside = members.find(
    ({ offset, packedBytes }) => offset + localHeaderBytes + packedBytes > archiveBytes,
  );
  if (outside !== undefined)
    throw new InferOptError('data', `${path}: ${outside.name} reaches beyond the end of the file`);
  const total = members.reduce((sum, member) => sum + member.bytes, 0);
  if (total > largestUnpackedBytes) {
    throw new InferOptError(
      'data',
      `${path} declares ${total} unpacked bytes, more than the ${largestUnpackedBytes} allowed`,
      {
        hint: 'split the arrays over several files',
      },
    );
  }
  const bomb = members.find(
    ({ bytes, packedBytes }) => bytes > suspiciousBytes && bytes > packedBytes * suspiciousRatio,
  );
  if (bomb !== undefined) {
    throw new InferOptError(
      'data',
      `${path}: ${bomb.name} would unpack from ${bomb.packedBytes} to ${bomb.bytes} bytes`,
      {
        hint: 'an array that is almost all zeros can be stored without compression (numpy.savez)',
      },
    );
  }
}

/** The unpacked bytes of one member; never more than the directory declared. */
export function readZipMember(path: string, member: ZipMember): Promise<Uint8Array> {
  return withFile(path, async (file) => {
    const where = `${path}: ${member.name}`;
    const header = viewOf(await readRange(file, member.offset, localHeaderBytes, where));
    if (header.getUint32(0, true) !== 0x04034b50)
      throw new InferOptError('data', `${where} has a broken header`);
    const start = member.offset + localHeaderBytes + header.getUint16(26, true) + header.getUint16(28, true);
    const bytes = unpack(await readRange(file, start, member.packedBytes, where), member, where);
    if (bytes.byteLength !== member.bytes) {
      throw new InferOptError(
        'data',
        `${where} unpacks to ${bytes.byteLength} bytes, declared were ${member.bytes}`,
      );
    }
    if (crc32(bytes) !== member.checksum) {
      throw new InferOptError('data', `${where} is damaged (its checksum differs)`);
    }
    return bytes;
  });
}

function unpack(packed: Uint8Array, member: ZipMember, where: string): Uint8Array {
  if (member.method === 0) return packed;
  if (member.method !== 8)
    throw new InferOptError('data', `${where} is packed with method ${member.method}; only deflate is read`);
  try {
    return plainBytes(inflateRawSync(packed, { maxOutputLength: Math.max(1, member.bytes) }));
  } catch (thrown) {
    throw new InferOptError('data', `${where} cannot be unpacked: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
