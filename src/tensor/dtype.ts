/**
 * Element types of ONNX tensors. `code` is the value of TensorProto.DataType in the ONNX standard
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), `bits` the storage of one element.
 */
interface DTypeFacts {
  readonly code: number;
  readonly bits: number;
  readonly kind: 'float' | 'signed' | 'unsigned' | 'bool' | 'complex' | 'string';
}

const table = {
  float32: { code: 1, bits: 32, kind: 'float' },
  uint8: { code: 2, bits: 8, kind: 'unsigned' },
  int8: { code: 3, bits: 8, kind: 'signed' },
  uint16: { code: 4, bits: 16, kind: 'unsigned' },
  int16: { code: 5, bits: 16, kind: 'signed' },
  int32: { code: 6, bits: 32, kind: 'signed' },
  int64: { code: 7, bits: 64, kind: 'signed' },
  string: { code: 8, bits: 0, kind: 'string' },
  bool: { code: 9, bits: 8, kind: 'bool' },
  float16: { code: 10, bits: 16, kind: 'float' },
  float64: { code: 11, bits: 64, kind: 'float' },
  uint32: { code: 12, bits: 32, kind: 'unsigned' },
  uint64: { code: 13, bits: 64, kind: 'unsigned' },
  complex64: { code: 14, bits: 64, kind: 'complex' },
  complex128: { code: 15, bits: 128, kind: 'complex' },
  bfloat16: { code: 16, bits: 16, kind: 'float' },
  float8e4m3fn: { code: 17, bits: 8, kind: 'float' },
  float8e4m3fnuz: { code: 18, bits: 8, kind: 'float' },
  float8e5m2: { code: 19, bits: 8, kind: 'float' },
  float8e5m2fnuz: { code: 20, bits: 8, kind: 'float' },
  uint4: { code: 21, bits: 4, kind: 'unsigned' },
  int4: { code: 22, bits: 4, kind: 'signed' },
  float4e2m1: { code: 23, bits: 4, kind: 'float' },
  float8e8m0: { code: 24, bits: 8, kind: 'float' },
  uint2: { code: 25, bits: 2, kind: 'unsigned' },
  int2: { code: 26, bits: 2, kind: 'signed' },
} as const satisfies Record<string, DTypeFacts>;

export type DType = keyof typeof table;

export const allDTypes = Object.keys(table) as DType[];

const byCode = new Map<number, DType>(allDTypes.map((name) => [table[name].code, name]));

/** The element type with that TensorProto.DataType code, or undefined for one that we do not know. */
export function dtypeFromCode(code: number): DType | undefined {
  return byCode.get(code);
}

export function dtypeCode(dtype: DType): number {
  return table[dtype].code;
}

/** Bits that one element takes in packed storage; 0 for strings. */
export function dtypeBits(dtype: DType): number {
  return table[dtype].bits;
}

export function dtypeKind(dtype: DType): DTypeFacts['kind'] {
  return table[dtype].kind;
}

export function isFloat(dtype: DType): boolean {
  return table[dtype].kind === 'float';
}

/** True for int2 to int64 and uint2 to uint64 (not bool). */
export function isInteger(dtype: DType): boolean {
  return table[dtype].kind === 'signed' || table[dtype].kind === 'unsigned';
}

/** Bytes of `count` elements; types under 8 bits are packed, the last byte padded. */
export function byteLengthOf(dtype: DType, count: number): number {
  return Math.ceil((count * table[dtype].bits) / 8);
}
