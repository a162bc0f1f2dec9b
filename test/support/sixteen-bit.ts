/** The 16-bit formats number by number, written apart from the code for whole arrays that it is compared with. */

import { float32FromBits } from '../../src/tensor/float.js';

function float32Bits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}

/**
 * float32 to IEEE binary16, rounding to nearest, ties to even. Overflow gives infinity: whoever must not
 * lose a value checks beforehand. NaN stays NaN.
 */
export function toFloat16Bits(value: number): number {
  const bits = float32Bits(value);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // rounds to 65536 or above
  if (magnitude >= 0x38800000) {
    // Normal: rebias the exponent from 127 to 15, drop 13 bits with ties to even.
    const rebiased = magnitude - 0x38000000;
    return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
  }
  if (magnitude < 0x33000000) return sign; // at most half of the smallest subnormal (2^-25 ties to zero below)
  const shift = 126 - (magnitude >>> 23);
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const kept = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  const up = rest > half || (rest === half && (kept & 1) === 1);
  return sign | (kept + (up ? 1 : 0));
}

/** float32 to bfloat16 (the upper half of a float32), rounding to nearest, ties to even. */
export function toBfloat16Bits(value: number): number {
  const bits = float32Bits(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return ((bits >>> 16) | 0x40) & 0xffff;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** bfloat16 to float32, exact. */
export function fromBfloat16Bits(bits: number): number {
  return float32FromBits((bits << 16) >>> 0);
}
