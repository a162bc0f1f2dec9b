/** Float32 and its bits, and float formats of few bits, number by number. */

const floatView = new Float32Array(1);
const bitsView = new Uint32Array(floatView.buffer);

/** The float32 with those IEEE 754 bits. */
export function float32FromBits(bits: number): number {
  bitsView[0] = bits;
  return floatView[0]!;
}

/** IEEE binary16 to float32, exact. */
export function fromFloat16Bits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

interface SmallFloat {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  /** What the bit patterns at the top mean. `fn`: only all ones is NaN; `ieee`: infinities and NaNs; `fnuz`: NaN is -0; `none`: finite only. */
  readonly specials: 'fn' | 'ieee' | 'fnuz' | 'none';
}

/** Formats of the ONNX standard, https://onnx.ai/onnx/technical/float8.html and float4.html. */
const smallFloats = {
  float8e4m3fn: { exponentBits: 4, mantissaBits: 3, bias: 7, specials: 'fn' },
  float8e4m3fnuz: { exponentBits: 4, mantissaBits: 3, bias: 8, specials: 'fnuz' },
  float8e5m2: { exponentBits: 5, mantissaBits: 2, bias: 15, specials: 'ieee' },
  float8e5m2fnuz: { exponentBits: 5, mantissaBits: 2, bias: 16, specials: 'fnuz' },
  float4e2m1: { exponentBits: 2, mantissaBits: 1, bias: 1, specials: 'none' },
} as const satisfies Record<string, SmallFloat>;

export type SmallFloatName = keyof typeof smallFloats;

/** The value of an 8-bit (or 4-bit) float code. */
export function fromSmallFloatBits(format: SmallFloatName, code: number): number {
  const { exponentBits, mantissaBits, bias, specials }: SmallFloat = smallFloats[format];
  const signBit = 1 << (exponentBits + mantissaBits);
  const magnitude = code & (signBit - 1);
  const negative = (code & signBit) !== 0;
  if (specials === 'fnuz' && code === signBit) return NaN;
  if (specials === 'fn' && magnitude === signBit - 1) return NaN;
  const exponent = magnitude >>> mantissaBits;
  const fraction = (magnitude & ((1 << mantissaBits) - 1)) / (1 << mantissaBits);
  if (specials === 'ieee' && exponent === (1 << exponentBits) - 1) {
    return fraction === 0 ? (negative ? -Infinity : Infinity) : NaN;
  }
  const value = exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias);
  return negative ? -value : value;
}

/** The value of a float8e8m0 code: a bare power of two, 255 is NaN. */
export function fromFloat8e8m0Bits(code: number): number {
  return code === 255 ? NaN : 2 ** (code - 127);
}
