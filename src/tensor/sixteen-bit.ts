/** Whole arrays of float32 to the 16-bit formats and back, at the speed of memory. */

import { fromFloat16Bits } from './float.js';

/**
 * By sign and exponent of a float32 (its upper 9 bits): what the 16 bits begin with, how far the 24 bits of the mantissa,
 * the leading one with them, move to the right, and what is added before so that they round up from beyond a half.
 * After J. van der Zijp, "Fast Half Float Conversions", 2008, which cuts off; here ties go to even.
 */
interface Tables {
  readonly base: Uint16Array;
  readonly shift: Uint8Array;
  readonly below: Uint32Array;
}

function float16Tables(): Tables {
  const base = new Uint16Array(512);
  const shift = new Uint8Array(512);
  const below = new Uint32Array(512);
  for (let at = 0; at < 512; at++) {
    const sign = at >= 256 ? 0x8000 : 0;
    const exponent = (at & 0xff) - 127;
    const isNormal = exponent >= -14 && exponent <= 15;
    // By 25 places nothing stays, not even of a half: zero below, infinity above.
    const places = isNormal ? 13 : exponent >= -25 && exponent < -14 ? -exponent - 1 : 25;
    shift[at] = places;
    // The leading one of the mantissa counts as one in the exponent.
    const begin = isNormal ? (exponent + 14) << 10 : exponent > 15 ? 0x7c00 : 0;
    base[at] = sign | begin;
    below[at] = 2 ** (places - 1) - 1;
  }
  return { base, shift, below };
}

let tables: Tables | undefined;

/** IEEE binary16 of float32 numbers, to nearest, ties to even; beyond the format infinity, NaN stays NaN. */
export function toFloat16Array(values: Float32Array): Uint16Array {
  const { base, shift, below } = (tables ??= float16Tables());
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const result = new Uint16Array(source.length);
  for (let i = 0; i < source.length; i++) {
    const bits = source[i]!;
    const top = bits >>> 23;
    const places = shift[top]!;
    const mantissa = (bits & 0x7fffff) | 0x800000;
    // A carry out of the mantissa is the next exponent, at last infinity.
    result[i] = base[top]! + ((mantissa + below[top]! + ((mantissa >>> places) & 1)) >>> places);
    if ((bits & 0x7fffffff) > 0x7f800000) result[i] = ((bits >>> 16) & 0x8000) | 0x7e00;
  }
  return result;
}

/** bfloat16 (the upper half of a float32) of float32 numbers, to nearest, ties to even; NaN stays NaN. */
export function toBfloat16Array(values: Float32Array): Uint16Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const result = new Uint16Array(source.length);
  for (let i = 0; i < source.length; i++) {
    const bits = source[i]!;
    const isNaN = (bits & 0x7fffffff) > 0x7f800000;
    result[i] = isNaN ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  }
  return result;
}

let float16Values: Float32Array | undefined;

/** The numbers that binary16 bits stand for, exact. */
export function fromFloat16Array(bits: ArrayLike<number>): Float32Array {
  float16Values ??= Float32Array.from({ length: 2 ** 16 }, (_, code) => fromFloat16Bits(code));
  const result = new Float32Array(bits.length);
  for (let i = 0; i < result.length; i++) result[i] = float16Values[bits[i]!]!;
  return result;
}

/** The numbers that bfloat16 bits stand for, exact. */
export function fromBfloat16Array(bits: ArrayLike<number>): Float32Array {
  const result = new Uint32Array(bits.length);
  for (let i = 0; i < result.length; i++) result[i] = bits[i]! << 16;
  return new Float32Array(result.buffer);
}

/** Whether a finite one of the numbers lies beyond `largest`, which is finite. */
export function goesBeyond(values: Float32Array, largest: number): boolean {
  const limit = new Uint32Array(Float32Array.of(largest).buffer)[0]!;
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < source.length; i++) {
    const magnitude = source[i]! & 0x7fffffff;
    if (magnitude > limit && magnitude < 0x7f800000) return true;
  }
  return false;
}
