import protobuf from 'protobufjs/minimal.js';
import { InferOptError, messageOf } from '../errors.js';
import { dtypeFromCode, type DType } from '../tensor/dtype.js';
import { elementCount, Tensor } from '../tensor/tensor.js';

/** What a .pb file of a test_data_set folder holds: one TensorProto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). */
export interface NamedTensor {
  readonly name: string;
  readonly tensor: Tensor;
}

interface Fields {
  dims: number[];
  code: number;
  name: string;
  raw: Uint8Array | undefined;
  /** Values of float_data, int32_data, int64_data, double_data or uint64_data. */
  numbers: number[];
  bigs: bigint[];
  strings: Uint8Array[];
  external: boolean;
}

/** Reads one serialized TensorProto; `where` names the file in errors. */
export function parseTensorProto(bytes: Uint8Array, where: string): NamedTensor {
  let fields: Fields;
  try {
    fields = readFields(bytes);
  } catch (thrown) {
    throw new InferOptError('data', `${where} is no tensor in protobuf form: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
  const dtype = dtypeFromCode(fields.code);
  if (dtype === undefined) {
    throw new InferOptError(
      'data',
      `${where} holds no tensor of a known type (sequences and optionals are not read)`,
    );
  }
  if (fields.external)
    throw new InferOptError('data', `${where} keeps its values in another file, which is not read`);
  try {
    return { name: fields.name, tensor: assemble(dtype, fields) };
  } catch (thrown) {
    throw new InferOptError('data', `${where}: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function readFields(bytes: Uint8Array): Fields {
  const reader = protobuf.Reader.create(bytes);
  const fields: Fields = {
    dims: [],
    code: 0,
    name: '',
    raw: undefined,
    numbers: [],
    bigs: [],
    strings: [],
    external: false,
  };
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const wire = tag & 7;
    const repeated = (read: () => void): void => {
      if (wire !== 2) {
        read();
        return;
      }
      const end = reader.uint32() + reader.pos;
      if (end > reader.len) throw new Error('a list reaches beyond the end of the file');
      while (reader.pos < end) read();
    };
    switch (tag >>> 3) {
      case 1:
        repeated(() => fields.dims.push(Number(bigOf(reader.int64()))));
        break;
      case 2:
        fields.code = reader.int32();
        break;
      case 4:
        repeated(() => fields.numbers.push(reader.float()));
        break;
      case 5:
        repeated(() => fields.numbers.push(reader.int32()));
        break;
      case 6:
        fields.strings.push(reader.bytes());
        break;
      case 7:
        repeated(() => fields.bigs.push(bigOf(reader.int64())));
        break;
      case 8:
        fields.name = reader.string();
        break;
      case 9:
        fields.raw = reader.bytes();
        break;
      case 10:
        repeated(() => fields.numbers.push(reader.double()));
        break;
      case 11:
        repeated(() => fields.bigs.push(BigInt.asUintN(64, bigOf(reader.uint64()))));
        break;
      case 13:
        fields.external = true;
        reader.skipType(wire);
        break;
      default:
        reader.skipType(wire);
    }
  }
  return fields;
}

/** protobufjs gives 64-bit values as two 32-bit halves, or as a number where they were read without its Long. */
function bigOf(value: number | { low: number; high: number }): bigint {
  return typeof value === 'number' ? BigInt(value) : (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
}

function assemble(dtype: DType, { dims, raw, numbers, bigs, strings }: Fields): Tensor {
  if (dtype === 'string') return Tensor.fromStrings(dims, strings);
  // A copy, so that a sample does not keep the whole file alive and its elements are aligned.
  if (raw !== undefined) return Tensor.fromBytes(dtype, dims, new Uint8Array(raw));
  switch (dtype) {
    case 'int64':
      return Tensor.of(dtype, dims, BigInt64Array.from(bigs));
    case 'uint64':
      return Tensor.of(dtype, dims, BigUint64Array.from(bigs));
    case 'uint32':
      return Tensor.fromNumbers(dtype, dims, bigs.map(Number));
    case 'complex64':
      return Tensor.of(dtype, dims, Float32Array.from(numbers));
    case 'complex128':
      return Tensor.of(dtype, dims, Float64Array.from(numbers));
    case 'float16':
    case 'bfloat16':
      return Tensor.of(dtype, dims, Uint16Array.from(numbers));
    case 'float32':
    case 'float64':
    case 'bool':
    case 'int8':
    case 'uint8':
    case 'int16':
    case 'uint16':
    case 'int32':
      return Tensor.fromNumbers(dtype, dims, numbers);
    default:
      // 8-bit floats: one code an element; types under 8 bits: packed bytes.
      return Tensor.fromBytes(dtype, dims, packedBytes(numbers, elementCount(dims)));
  }
}

function packedBytes(numbers: readonly number[], count: number): Uint8Array {
  return Uint8Array.from(numbers.slice(0, count));
}
