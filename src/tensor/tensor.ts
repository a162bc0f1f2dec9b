import { InferOptError } from '../errors.js';
import { byteLengthOf, dtypeBits, dtypeKind, isInteger, type DType } from './dtype.js';
import { fromFloat8e8m0Bits, fromSmallFloatBits } from './float.js';
import { unpackBits } from './packing.js';
import { fromBfloat16Array, fromFloat16Array, toBfloat16Array, toFloat16Array } from './sixteen-bit.js';

/** Where bytes come from when they are not in memory yet (external data of a model). */
export interface ByteSource {
  readonly byteLength: number;
  /** Reads the bytes; called each time, so that large tensors can be visited one after the other. */
  read(): Uint8Array;
}

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/**
 * An n-dimensional array of one element type, stored as little-endian bytes in row-major order (ONNX raw
 * data layout; under 8 bits packed). Immutable by convention: whoever changes values makes a new tensor.
 */
export class Tensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly size: number;
  /** UTF-8 bytes of each element when `dtype` is `string`, else empty. */
  readonly strings: readonly Uint8Array[];
  readonly #data: Uint8Array | ByteSource;

  private constructor(
    dtype: DType,
    dims: readonly number[],
    data: Uint8Array | ByteSource,
    strings: readonly Uint8Array[] = [],
  ) {
    this.dtype = dtype;
    this.dims = dims;
    this.size = elementCount(dims);
    this.strings = strings;
    this.#data = data;
  }

  /** Wraps bytes without a copy. Throws `model` when their number does not match type and dims. */
  static fromBytes(dtype: DType, dims: readonly number[], bytes: Uint8Array | ByteSource): Tensor {
    const expected = byteLengthOf(dtype, elementCount(dims));
    if (dtype === 'string') throw new InferOptError('internal', 'a string tensor has no raw bytes');
    if (bytes.byteLength !== expected) {
      throw new InferOptError(
        'model',
        `${dtype} tensor of dims [${dims.join(', ')}] needs ${expected} bytes and has ${bytes.byteLength}`,
      );
    }
    return new Tensor(dtype, dims, bytes);
  }

  /** A tensor over a typed array, without a copy. Sixteen-bit floats are given as their bits. */
  static of(dtype: DType, dims: readonly number[], values: TypedArray): Tensor {
    return Tensor.fromBytes(dtype, dims, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  static float32(dims: readonly number[], values: ArrayLike<number>): Tensor {
    return Tensor.of('float32', dims, asFloat32(values));
  }

  static int64(dims: readonly number[], values: readonly (number | bigint)[]): Tensor {
    return Tensor.of(
      'int64',
      dims,
      BigInt64Array.from(values, (value) => BigInt(value)),
    );
  }

  static fromStrings(dims: readonly number[], strings: readonly (string | Uint8Array)[]): Tensor {
    if (strings.length !== elementCount(dims)) {
      throw new InferOptError(
        'model',
        `string tensor of dims [${dims.join(', ')}] has ${strings.length} elements`,
      );
    }
    const encoder = new TextEncoder();
    const encoded = strings.map((text) => (typeof text === 'string' ? encoder.encode(text) : text));
    return new Tensor('string', dims, new Uint8Array(0), encoded);
  }

  /** Numbers in any numeric or bool type: rounded as that type rounds (floats ties to even), integers truncated and wrapped. */
  static fromNumbers(dtype: DType, dims: readonly number[], values: ArrayLike<number>): Tensor {
    return Tensor.of(dtype, dims, encodeNumbers(dtype, values));
  }

  /** True when the bytes are in memory already (not external data). */
  get inMemory(): boolean {
    return this.#data instanceof Uint8Array;
  }

  get byteLength(): number {
    return this.dtype === 'string'
      ? this.strings.reduce((sum, text) => sum + text.byteLength, 0)
      : this.#data.byteLength;
  }

  /** The little-endian bytes; a view where they are in memory, else read anew. */
  bytes(): Uint8Array {
    return this.#data instanceof Uint8Array ? this.#data : this.#data.read();
  }

  /** The same elements under other dims. */
  reshaped(dims: readonly number[]): Tensor {
    if (elementCount(dims) !== this.size) {
      throw new InferOptError('internal', `cannot see [${this.dims.join(', ')}] as [${dims.join(', ')}]`);
    }
    return new Tensor(this.dtype, dims, this.#data, this.strings);
  }

  /**
   * The elements in the array type of their storage: float16 and bfloat16 as Uint16Array of bits, bool and
   * 8-bit floats as Uint8Array, types under 8 bits as their packed Uint8Array. A view where alignment
   * allows, else a copy.
   */
  values(): TypedArray {
    const bytes = this.bytes();
    const make = arrayTypeOf(this.dtype);
    const width = make.BYTES_PER_ELEMENT;
    // Not slice(): of a Buffer that is a view of the same memory, as misaligned as before.
    const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
    return new make(aligned.buffer, aligned.byteOffset, aligned.byteLength / width);
  }

  /** The elements as float32, converted where stored otherwise (float64 and wide integers are rounded). */
  toFloat32(): Float32Array {
    if (this.dtype === 'float32') return this.values() as Float32Array;
    return asFloat32(this.toNumbers());
  }

  /** The elements as numbers; bool as 0 and 1. int64 beyond 2^53 is rounded: use `toBigInts` where that matters. */
  toNumbers(): ArrayLike<number> {
    return decodeNumbers(this);
  }

  /** The elements of an integer or bool tensor, exact. */
  toBigInts(): bigint[] {
    const values = this.values();
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) return Array.from(values);
    if (!isInteger(this.dtype) && this.dtype !== 'bool') {
      throw new InferOptError('internal', `${this.dtype} elements are no integers`);
    }
    return Array.from(this.toNumbers(), (value) => BigInt(value));
  }
}

/** The product of the dims: 1 for a scalar, 0 where a dim is 0. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

type ArrayConstructor =
  | typeof Float32Array
  | typeof Float64Array
  | typeof Int8Array
  | typeof Uint8Array
  | typeof Int16Array
  | typeof Uint16Array
  | typeof Int32Array
  | typeof Uint32Array
  | typeof BigInt64Array
  | typeof BigUint64Array;

interface AnyArrayConstructor {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
}

const storage: Partial<Record<DType, ArrayConstructor>> = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  complex64: Float32Array,
  complex128: Float64Array,
};

function asFloat32(values: ArrayLike<number>): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

function arrayTypeOf(dtype: DType): AnyArrayConstructor {
  if (dtype === 'string') throw new InferOptError('internal', 'string elements are in `strings`');
  return storage[dtype] ?? Uint8Array;
}

function decodeNumbers(tensor: Tensor): ArrayLike<number> {
  const { dtype, size } = tensor;
  const values = tensor.values();
  if (values instanceof BigInt64Array || values instanceof BigUint64Array)
    return Float64Array.from(values, Number);
  switch (dtype) {
    case 'float16':
      return fromFloat16Array(values);
    case 'bfloat16':
      return fromBfloat16Array(values);
    case 'float8e4m3fn':
    case 'float8e4m3fnuz':
    case 'float8e5m2':
    case 'float8e5m2fnuz':
      return Float32Array.from(values, (code) => fromSmallFloatBits(dtype, code));
    case 'float8e8m0':
      return Float32Array.from(values, fromFloat8e8m0Bits);
    case 'float4e2m1':
      return Float32Array.from(unpackBits(values as Uint8Array, size, 4, false), (code) =>
        fromSmallFloatBits(dtype, code),
      );
    case 'int4':
    case 'uint4':
    case 'int2':
    case 'uint2':
      return unpackBits(values as Uint8Array, size, dtypeBits(dtype) as 2 | 4, dtypeKind(dtype) === 'signed');
    case 'complex64':
    case 'complex128':
      throw new InferOptError('internal', `${dtype} elements are pairs of numbers`);
    default:
      return values;
  }
}

function encodeNumbers(dtype: DType, values: ArrayLike<number>): TypedArray {
  switch (dtype) {
    case 'float16':
      return toFloat16Array(asFloat32(values));
    case 'bfloat16':
      return toBfloat16Array(asFloat32(values));
    case 'bool':
      return Uint8Array.from(values, (value) => (value === 0 ? 0 : 1));
    case 'int64':
      return BigInt64Array.from(Array.from(values, (value) => BigInt(Math.trunc(value))));
    case 'uint64':
      return BigUint64Array.from(Array.from(values, (value) => BigInt(Math.trunc(value))));
    case 'uint8':
    case 'int8':
    case 'uint16':
    case 'int16':
    case 'uint32':
    case 'int32':
    case 'float32':
    case 'float64':
      return (arrayTypeOf(dtype) as typeof Float32Array).from(values);
    default:
      throw new InferOptError('internal', `no conversion from numbers to ${dtype}`);
  }
}
