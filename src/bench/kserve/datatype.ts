import { InferOptError } from '../../errors.js';
import type { DType } from '../../tensor/dtype.js';
import { Tensor } from '../../tensor/tensor.js';

/** Names of element types in the protocol (https://github.com/kserve/open-inference-protocol, "Tensor Data Types"). */
const names: Readonly<Partial<Record<DType, string>>> = {
  bool: 'BOOL',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float16: 'FP16',
  bfloat16: 'BF16',
  float32: 'FP32',
  float64: 'FP64',
  string: 'BYTES',
};
const dtypes = new Map(Object.entries(names).map(([dtype, name]) => [name, dtype as DType]));

/** The protocol's name of an element type. Throws `model` for one that it does not have. */
export function datatypeOf(dtype: DType): string {
  const name = names[dtype];
  if (name === undefined) throw new InferOptError('model', `the KServe protocol has no ${dtype} tensors`);
  return name;
}

/** The element type of that name; undefined for a name that the protocol does not have. */
export function dtypeOf(datatype: string): DType | undefined {
  return dtypes.get(datatype);
}

/** Raw contents: little-endian, row-major; texts each with four bytes of length before. */
export function rawOf(tensor: Tensor): Uint8Array {
  if (tensor.dtype !== 'string') return tensor.bytes();
  const parts = tensor.strings.flatMap((text) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.byteLength);
    return [length, text];
  });
  return Buffer.concat(parts);
}

/** A tensor from raw contents. Throws `model` where their number does not fit. */
export function tensorFromRaw(dtype: DType, dims: readonly number[], raw: Uint8Array): Tensor {
  if (dtype !== 'string') return Tensor.fromBytes(dtype, dims, raw);
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const texts: Uint8Array[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes.readUInt32LE(at);
    texts.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return Tensor.fromStrings(dims, texts);
}
