import type { Range } from '../calibrate/range-method.js';

/** real = scale * (integer - zeroPoint), with one scale and zero point for a whole tensor. */
export interface Affine {
  readonly dtype: 'uint8' | 'int8';
  /** A float32, larger than 0. */
  readonly scale: number;
  readonly zeroPoint: number;
}

const limits = { uint8: { low: 0, high: 255 }, int8: { low: -128, high: 127 } } as const;

/** The smallest scale that is still a normal float32: below it divisions lose their accuracy. */
export const smallestScale = 2 ** -126;

/**
 * Scale and zero point that cover a range: 0 is an integer exactly, the ends of the range are met within
 * half a step. A range that is a single point (all zeros) gets scale 1. Signed integers of a range that is
 * symmetric around 0 are so too: its ends are met exactly, and the zero point is 0.
 */
export function affineOf(range: Range, dtype: 'uint8' | 'int8'): Affine {
  const { low, high } = limits[dtype];
  const symmetric = dtype === 'int8' && range.low === -range.high;
  const scale = Math.fround(symmetric ? range.high / high : (range.high - range.low) / (high - low));
  if (!(scale >= smallestScale)) return { dtype, scale: 1, zeroPoint: 0 };
  if (symmetric) return { dtype, scale, zeroPoint: 0 };
  const zeroPoint = clamp(roundHalfEven(low - range.low / scale), low, high);
  return { dtype, scale, zeroPoint };
}

/** The real values that the lowest and the highest integer stand for. */
export function coveredRange({ dtype, scale, zeroPoint }: Affine): Range {
  const { low, high } = limits[dtype];
  return { low: (low - zeroPoint) * scale, high: (high - zeroPoint) * scale };
}

/** QuantizeLinear: round(x / scale) with ties to even, plus zero point, saturated. */
export function quantize(values: Float32Array, { dtype, scale, zeroPoint }: Affine): Uint8Array | Int8Array {
  const { low, high } = limits[dtype];
  const result = dtype === 'uint8' ? new Uint8Array(values.length) : new Int8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    result[i] = clamp(roundHalfEven(Math.fround(values[i]! / scale)) + zeroPoint, low, high);
  }
  return result;
}

/** Rounds to the nearest integer, ties to the even one, as the runtime does. */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
