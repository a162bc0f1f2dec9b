import { clamp, roundHalfEven, smallestScale } from '../affine.js';
import type { BlockFormat } from './block-weights.js';

export interface BlockFit {
  /** A float32. */
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Shares of the full range that are tried at 4 bits: cutting off the largest number can pay for all others. */
const shares = [1, 0.95, 0.9, 0.85, 0.8, 0.75] as const;

/**
 * Scale, zero point and codes with which a block of weights is met best in the sum of squared errors, each
 * times the importance of its column. Several ranges are tried; for the best one the scale is then set to the
 * least-squares one for its codes, and the codes are taken anew, as long as that helps (the alternation of H.
 * Badri and A. Shaji, "Half-Quadratic Quantization", 2023, with a squared error). No data is needed. At 8 bits
 * the full range is as good as any.
 */
export function fitBlock(
  weights: Float32Array,
  format: BlockFormat,
  importance: Float64Array | undefined,
  codes: Uint8Array,
): BlockFit {
  // Of a block of zeros: kernels take half of the codes from their sums in floats, times the scale, and what that leaves
  // of rounding must count for nothing (with a scale of 1 it drowns small weights beside it).
  let best: BlockFit = { scale: smallestScale, zeroPoint: zeroOf(format) };
  let least = Infinity;
  for (const candidate of candidates(weights, format)) {
    const error = errorOf(weights, candidate, format, importance);
    if (error < least) [best, least] = [candidate, error];
  }
  for (let round = 0; round < 3 && format.bits < 8 && least > 0; round++) {
    const refined = leastSquares(weights, best, format, importance);
    const error = errorOf(weights, refined, format, importance);
    if (!(error < least)) break;
    [best, least] = [refined, error];
  }
  for (let at = 0; at < weights.length; at++) codes[at] = codeOf(weights[at]!, best, format);
  return best;
}

function zeroOf({ bits }: BlockFormat): number {
  return 2 ** (bits - 1);
}

function* candidates(weights: Float32Array, format: BlockFormat): Generator<BlockFit> {
  let [low, high] = [0, 0];
  for (const weight of weights) {
    if (weight < low) low = weight;
    if (weight > high) high = weight;
  }
  const half = zeroOf(format);
  const tried = format.bits === 8 ? [1] : shares;
  for (const share of tried) {
    if (!format.symmetric) {
      const scale = Math.fround((share * (high - low)) / (2 * half - 1));
      if (!(scale >= smallestScale)) continue;
      yield { scale, zeroPoint: clamp(roundHalfEven((-share * low) / scale), 0, 2 * half - 1) };
      continue;
    }
    const largest = share * Math.max(-low, high);
    const scales = [largest / (half - 1)];
    // One code more on the side of the largest number: below 0, or above with a scale below 0.
    if (format.bits < 8 && (-low >= high || format.signedScales)) {
      scales.push((-low >= high ? 1 : -1) * (largest / half));
    }
    for (const scale of scales.map(Math.fround))
      if (Math.abs(scale) >= smallestScale) yield { scale, zeroPoint: half };
  }
}

function codeOf(weight: number, { scale, zeroPoint }: BlockFit, { bits }: BlockFormat): number {
  return clamp(roundHalfEven(weight / scale) + zeroPoint, 0, 2 ** bits - 1);
}

function errorOf(
  weights: Float32Array,
  fit: BlockFit,
  format: BlockFormat,
  importance: Float64Array | undefined,
): number {
  let sum = 0;
  for (let at = 0; at < weights.length; at++) {
    const error = fit.scale * (codeOf(weights[at]!, fit, format) - fit.zeroPoint) - weights[at]!;
    sum += (importance?.[at] ?? 1) * error * error;
  }
  return sum;
}

function leastSquares(
  weights: Float32Array,
  fit: BlockFit,
  format: BlockFormat,
  importance: Float64Array | undefined,
): BlockFit {
  let [product, square] = [0, 0];
  for (let at = 0; at < weights.length; at++) {
    const code = codeOf(weights[at]!, fit, format) - fit.zeroPoint;
    const factor = importance?.[at] ?? 1;
    product += factor * weights[at]! * code;
    square += factor * code * code;
  }
  const scale = Math.fround(product / square);
  const usable =
    Number.isFinite(scale) && Math.abs(scale) >= smallestScale && (scale > 0 || format.signedScales);
  return usable ? { ...fit, scale } : fit;
}
