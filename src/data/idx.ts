import { InferOptError } from '../errors.js';
import { byteLengthOf, type DType } from '../tensor/dtype.js';
import { elementCount, Tensor } from '../tensor/tensor.js';
import { swapBytes } from './byte-order.js';

/** The IDX format of the MNIST files (http://yann.lecun.com/exdb/mnist): two zeros, type, rank, dims, big-endian data. */
const dtypes: Readonly<Record<number, DType>> = {
  0x08: 'uint8',
  0x09: 'int8',
  0x0b: 'int16',
  0x0c: 'int32',
  0x0d: 'float32',
  0x0e: 'float64',
};

/** Reads a whole IDX file; `where` names it in errors. */
export function parseIdx(bytes: Uint8Array, where: string): Tensor {
  const dtype = bytes[0] === 0 && bytes[1] === 0 ? dtypes[bytes[2] ?? 0] : undefined;
  const rank = bytes[3] ?? 0;
  const start = 4 + 4 * rank;
  if (dtype === undefined || bytes.length < start) {
    throw new InferOptError('data', `${where} is no IDX file (the magic number is missing)`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dims = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis, false));
  const data = bytes.subarray(start);
  const expected = byteLengthOf(dtype, elementCount(dims));
  if (data.byteLength !== expected) {
    throw new InferOptError(
      'data',
      `${where}: ${dtype} array of shape [${dims.join(', ')}] needs ${expected} bytes and has ${data.byteLength}`,
    );
  }
  return Tensor.fromBytes(dtype, dims, swapBytes(data, byteLengthOf(dtype, 1)));
}
