import { clamp, roundHalfEven } from './affine.js';

/** How the scale of a channel of weights follows from them. */
export type WeightScales = 'max' | 'mse';

/** Shares of the largest weight that are tried: below half of it the cut off weights always cost more. */
const shares = Array.from({ length: 26 }, (_, step) => 1 - step / 50);

/**
 * The scale with the smallest sum of squared errors of rounding and cutting off together, among shares of the one that
 * the largest weight asks for. With few bits the largest weights are few, and steps for all others shrink with it.
 */
export function leastErrorScale(weights: ArrayLike<number>, largest: number, bound: number): number {
  let best = largest / bound;
  let least = Infinity;
  for (const share of shares) {
    const scale = (share * largest) / bound;
    let error = 0;
    for (let at = 0; at < weights.length && error < least; at++) {
      const weight = weights[at]!;
      error += (clamp(roundHalfEven(weight / scale), -bound, bound) * scale - weight) ** 2;
    }
    if (error >= least) continue;
    least = error;
    best = scale;
  }
  return best;
}
