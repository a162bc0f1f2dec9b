import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { InferOptError } from '../errors.js';
import type { DType } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';

/**
 * Element types that onnxruntime-node hands in and out. It names int4 and uint4 as well, but an output of
 * these ends the whole process, so that they are refused here before anything runs.
 */
const exchanged = {
  float32: true,
  float64: true,
  float16: true,
  int8: true,
  int16: true,
  int32: true,
  int64: true,
  uint8: true,
  uint16: true,
  uint32: true,
  uint64: true,
  bool: true,
  string: true,
} as const satisfies Partial<Record<DType, true>>;

type Exchanged = keyof typeof exchanged;

/** True for element types that can be fed to a session and fetched from it. */
export function isExchangeable(dtype: DType): dtype is Exchanged {
  return dtype in exchanged;
}

/** Our tensor as one of the runtime, over the same memory where alignment allows. Throws `model` for a type that it does not take. */
export function toRuntime(tensor: Tensor, make: typeof OrtTensor): OrtTensor {
  const { dtype, dims } = tensor;
  if (!isExchangeable(dtype))
    throw new InferOptError('model', `onnxruntime-node cannot be fed a ${dtype} tensor`);
  if (dtype === 'string') {
    const decoder = new TextDecoder();
    return new make(
      'string',
      tensor.strings.map((text) => decoder.decode(text)),
      [...dims],
    );
  }
  return new make(dtype, tensor.values() as never, [...dims]);
}

/** A tensor of the runtime as one of ours, over the same memory. */
export function fromRuntime(tensor: OrtTensor): Tensor {
  if (tensor.type === 'string') return Tensor.fromStrings(tensor.dims, tensor.data as string[]);
  const data = tensor.data as ArrayBufferView;
  if (!isExchangeable(tensor.type)) {
    throw new InferOptError('internal', `onnxruntime-node handed out a ${tensor.type} tensor`);
  }
  // float16 comes as Float16Array where the language has one, else as Uint16Array: the bytes are the same.
  return Tensor.fromBytes(
    tensor.type,
    tensor.dims,
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
}
