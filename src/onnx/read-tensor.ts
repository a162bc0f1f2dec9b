import { InferOptError } from '../errors.js';
import { byteLengthOf, dtypeFromCode, type DType } from '../tensor/dtype.js';
import { Tensor, type TypedArray } from '../tensor/tensor.js';
import { openExternalData, parseExternalLocation } from './external-data.js';
import { externalLocation, has, toBigInt, toNumber, type TensorMessage } from './messages.js';

/** More axes than NumPy has, so than any exporter writes; thousands of them crash the runtime. */
const mostAxes = 64;

/** What a tensor was read from, so that it is written back just as it came; tensors never change. */
const origins = new WeakMap<Tensor, TensorMessage>();

export function originOf(tensor: Tensor): TensorMessage | undefined {
  return origins.get(tensor);
}

/**
 * A tensor out of its message, whichever field holds the elements; raw data without a copy.
 * `directory` is where external data may lie; undefined when the model came from memory.
 * Throws `model`, naming the tensor, when elements and dims do not agree.
 */
export function readTensor(message: TensorMessage, directory: string | undefined): Tensor {
  const name = message.name ?? '';
  const what = name === '' ? 'a tensor' : `tensor ${name}`;
  const dtype = dtypeFromCode(message.dataType ?? 0);
  if (dtype === undefined) {
    throw new InferOptError(
      'model',
      `${what} has the element type ${message.dataType ?? 0}, which is not known`,
    );
  }
  if (has(message, 'segment'))
    throw new InferOptError('model', `${what} is stored in segments, which is not supported`);
  const dims = (message.dims ?? []).map(toNumber);
  if (!dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0) || !Number.isSafeInteger(product(dims))) {
    throw new InferOptError('model', `${what} has dims [${dims.join(', ')}]`);
  }
  if (dims.length > mostAxes) throw new InferOptError('model', `${what} has ${dims.length} axes`);
  try {
    const tensor = build(message, name, dtype, dims, directory);
    origins.set(tensor, message);
    return tensor;
  } catch (cause) {
    if (cause instanceof InferOptError && !cause.message.includes(what)) {
      throw new InferOptError('model', `${what}: ${cause.message}`, { cause });
    }
    throw cause;
  }
}

function build(
  message: TensorMessage,
  name: string,
  dtype: DType,
  dims: readonly number[],
  directory: string | undefined,
): Tensor {
  if (message.dataLocation === externalLocation) {
    const location = parseExternalLocation(name, message.externalData ?? []);
    if (directory === undefined) {
      throw new InferOptError(
        'model',
        `tensor ${name} has its data in ${location.location}, and the model has no folder`,
      );
    }
    const bytes = openExternalData(name, directory, location, byteLengthOf(dtype, product(dims)));
    return Tensor.fromBytes(dtype, dims, bytes);
  }
  if (dtype === 'string') return Tensor.fromStrings(dims, message.stringData ?? []);
  if (has(message, 'rawData') && message.rawData !== undefined)
    return Tensor.fromBytes(dtype, dims, message.rawData);
  return Tensor.of(dtype, dims, typedField(message, dtype));
}

/** Elements from the field that the standard assigns to a type (comments of TensorProto in onnx.proto). */
function typedField(message: TensorMessage, dtype: DType): TypedArray {
  switch (dtype) {
    case 'float32':
    case 'complex64':
      return Float32Array.from(message.floatData ?? []);
    case 'float64':
    case 'complex128':
      return Float64Array.from(message.doubleData ?? []);
    case 'int64':
      return BigInt64Array.from((message.int64Data ?? []).map(toBigInt));
    case 'uint64':
      return BigUint64Array.from((message.uint64Data ?? []).map(toBigInt));
    case 'uint32':
      return Uint32Array.from((message.uint64Data ?? []).map(toNumber));
    case 'int32':
      return Int32Array.from(message.int32Data ?? []);
    case 'int16':
      return Int16Array.from(message.int32Data ?? []);
    case 'uint16':
    case 'float16':
    case 'bfloat16':
      return Uint16Array.from(message.int32Data ?? []);
    case 'int8':
      return Int8Array.from(message.int32Data ?? []);
    default:
      // uint8, bool, 8-bit floats one to a field; types under 8 bits already packed into bytes.
      return Uint8Array.from(message.int32Data ?? []);
  }
}

function product(dims: readonly number[]): number {
  return dims.reduce((result, dim) => result * dim, 1);
}
