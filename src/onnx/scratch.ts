import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InferOptError } from '../errors.js';
import { temporaryPrefix } from '../leftovers.js';
import { asOutputError } from '../output-file.js';
import { Tensor, type ByteSource } from '../tensor/tensor.js';

/** Smaller tensors are not worth the way to the disk. */
const leastBytes = 2 ** 20;

/** A file without a name: it is gone when nothing holds it any more, however the process ends. */
interface Scratch {
  readonly descriptor: number;
  end: number;
  /** Tensors whose bytes are in it. */
  live: number;
}

let current: Scratch | undefined;

const collected = new FinalizationRegistry<Scratch>((scratch) => {
  scratch.live -= 1;
  if (scratch.live > 0) return;
  if (current === scratch) current = undefined;
  closeSync(scratch.descriptor);
});

/**
 * A tensor made from one that was not in memory, put out of memory as well: its bytes go to a file in the folder for
 * temporary files and are read each time they are asked for. So a model larger than the memory is worked on tensor by
 * tensor. Small tensors, and those made from `source` in memory, stay as they are.
 *
 * @throws InferOptError `output` where there is no space
 */
export function keptLike(source: Tensor, made: Tensor): Tensor {
  if (source.inMemory || !made.inMemory || made.dtype === 'string' || made.byteLength < leastBytes)
    return made;
  const scratch = (current ??= openScratch());
  const offset = scratch.end;
  writeAll(scratch.descriptor, made.bytes(), offset);
  scratch.end += made.byteLength;
  scratch.live += 1;
  const { byteLength } = made;
  const bytes: ByteSource = { byteLength, read: () => readAll(scratch.descriptor, offset, byteLength) };
  collected.register(bytes, scratch);
  return Tensor.fromBytes(made.dtype, made.dims, bytes);
}

function openScratch(): Scratch {
  const folder = mkdtempSync(temporaryPrefix());
  const descriptor = openSync(path.join(folder, 'tensors'), 'wx+', 0o600);
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    remove();
  } catch {
    // Where an open file keeps its name (Windows), it goes at the end.
    process.on('exit', remove);
  }
  return { descriptor, end: 0, live: 0 };
}

/** One call moves less than 2 GiB on most systems. */
const most = 2 ** 30;

function writeAll(descriptor: number, bytes: Uint8Array, offset: number): void {
  try {
    for (let done = 0; done < bytes.byteLength;)
      done += writeSync(descriptor, bytes, done, Math.min(bytes.byteLength - done, most), offset + done);
  } catch (thrown) {
    throw asOutputError(thrown, tmpdir());
  }
}

function readAll(descriptor: number, offset: number, byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  for (let done = 0; done < byteLength;) {
    const step = readSync(descriptor, bytes, done, Math.min(byteLength - done, most), offset + done);
    if (step === 0) throw new InferOptError('internal', 'a file for temporary tensors became shorter');
    done += step;
  }
  return bytes;
}
