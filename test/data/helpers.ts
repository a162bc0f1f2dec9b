import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll } from 'vitest';
import { InferOptError } from '../../src/errors.js';
import type { DType } from '../../src/tensor/dtype.js';
import type { TypedArray } from '../../src/tensor/tensor.js';

/** A folder that is gone after the test file; `write` puts a file into it and gives its path. */
export function temporaryFolder(): {
  path: string;
  write(name: string, content: string | Uint8Array): string;
} {
  const path = mkdtempSync(join(tmpdir(), 'infer-opt-data-'));
  afterAll(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return {
    path,
    write(name, content) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
  };
}

/** The bytes of a version 1 .npy file, padded to 64 bytes as NumPy does. */
export function npyBytes(
  descr: string,
  dims: readonly number[],
  data: Uint8Array,
  fortran = false,
): Uint8Array {
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape}), }`;
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + '\n';
  const head = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length & 255, padded.length >> 8]);
  return Buffer.concat([head, Buffer.from(padded), data]);
}

export function bytesOf(values: TypedArray): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** An .npz with these arrays, written by another library than the one that reads it. */
export function npzBytes(arrays: Record<string, Uint8Array>, level: 0 | 6 = 6): Uint8Array {
  const files = Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes] as const);
  return zipSync(Object.fromEntries(files), { level });
}

/** A .npy array of uint8, float32 or int64. */
export const array = {
  u8: (dims: readonly number[], values: ArrayLike<number>) => npyBytes('|u1', dims, Uint8Array.from(values)),
  f4: (dims: readonly number[], values: ArrayLike<number>) =>
    npyBytes('<f4', dims, bytesOf(Float32Array.from(values))),
  i8: (dims: readonly number[], values: readonly number[]) =>
    npyBytes('<i8', dims, bytesOf(BigInt64Array.from(values, BigInt))),
};

/** 0, 1, 2, ... */
export function counting(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Pseudo-random bytes that a few lines of Python can make as well: `x = (x * 1103515245 + 12345) % 2**31`, bits 16 to 23. */
export function lcgBytes(count: number, seed: number): Uint8Array {
  let x = seed;
  return Uint8Array.from({ length: count }, () => {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
    return (x >> 16) & 255;
  });
}

export const spec = (name: string, dtype: DType, dims: (number | string | undefined)[]) => ({
  name,
  dtype,
  dims,
});

/** The error that a promise ends with; fails when it is none of ours. */
export async function failure(promise: Promise<unknown>): Promise<InferOptError> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof InferOptError) return thrown;
    throw thrown;
  }
  throw new Error('it did not fail');
}
