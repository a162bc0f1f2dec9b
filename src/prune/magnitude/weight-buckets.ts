/** Upper bits of a magnitude that number its bucket: 8 of the exponent and 8 of the mantissa, so that one is 0.4% wide. */
const lowerBits = 15;
const bucketCount = 2 ** 16;

/** How many weights of a layer lie at each magnitude, smallest magnitude first. */
export interface WeightBuckets {
  readonly size: number;
  readonly counts: Float64Array;
  /** Sums of squares. */
  readonly squares: Float64Array;
}

/** Counts the magnitudes of weights without putting them in order: memory that does not grow with their number. */
export function bucketsOf(weights: Float32Array): WeightBuckets {
  const counts = new Float64Array(bucketCount);
  const squares = new Float64Array(bucketCount);
  const bits = new Uint32Array(weights.buffer, weights.byteOffset, weights.length);
  for (let i = 0; i < bits.length; i++) {
    const bucket = (bits[i]! & 0x7fffffff) >>> lowerBits;
    counts[bucket]! += 1;
    squares[bucket]! += weights[i]! * weights[i]!;
  }
  return { size: weights.length, counts, squares };
}

/**
 * A copy of the weights in which exactly `zeros` of the smallest magnitude are 0; of equal ones the first. What is zero
 * already is among the smallest.
 */
export function withoutSmallest(
  weights: Float32Array,
  zeros: number,
  { counts }: WeightBuckets,
): Float32Array {
  const result = weights.slice();
  if (zeros === 0) return result;
  let bucket = 0;
  let below = 0;
  while (below + counts[bucket]! < zeros) below += counts[bucket++]!;
  const bits = new Uint32Array(result.buffer);
  const { magnitude, before } = thresholdIn(bits, bucket, zeros - below);
  let equal = zeros - below - before;
  for (let i = 0; i < bits.length; i++) {
    const own = bits[i]! & 0x7fffffff;
    if (own < magnitude) bits[i] = 0;
    else if (own === magnitude && equal > 0) {
      bits[i] = 0;
      equal -= 1;
    }
  }
  return result;
}

/** The magnitude of the n-th smallest weight of a bucket, as its bits, and how many of the bucket are smaller. */
function thresholdIn(bits: Uint32Array, bucket: number, n: number): { magnitude: number; before: number } {
  const counts = new Float64Array(2 ** lowerBits);
  const mask = counts.length - 1;
  for (let i = 0; i < bits.length; i++) {
    const own = bits[i]! & 0x7fffffff;
    if (own >>> lowerBits === bucket) counts[own & mask]! += 1;
  }
  let lower = 0;
  let before = 0;
  while (before + counts[lower]! < n) before += counts[lower++]!;
  return { magnitude: bucket * counts.length + lower, before };
}
