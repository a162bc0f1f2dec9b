import { float32FromBits } from '../tensor/float.js';

/** Sign, exponent and the upper 7 bits of the mantissa of a float32. */
const bucketCount = 0x10000;

/** Buckets whose exponent is all ones: infinities and NaN. */
const firstNonFinite = 0x7f80;
const signBit = 0x8000;

/** A run of equal buckets as one point: how many values lie near it, between which edges. */
export interface HistogramPoint {
  /** The middle of the bucket, within the exact minimum and maximum. */
  readonly value: number;
  readonly width: number;
  readonly count: number;
}

/**
 * How often each float32 occurs, by its upper 16 bits: no range need be known beforehand, a bucket is at
 * most 0.8% of its value wide, and histograms merge by addition. Counts are float64 (exact to 2^53), minimum
 * and maximum are exact. 512 KiB of memory, however many values are added.
 */
export class FloatHistogram {
  readonly counts = new Float64Array(bucketCount);
  min = Infinity;
  max = -Infinity;
  total = 0;

  /**
   * Adds every element. Returns the index of the first NaN or infinity, or -1: then all were finite. What
   * is not finite is counted nowhere else than in its bucket, so the caller must give up.
   */
  add(values: Float32Array): number {
    const { counts } = this;
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const before = this.#nonFinite();
    let { min, max } = this;
    for (let i = 0; i < values.length; i++) {
      const bucket = bits[i]! >>> 16;
      counts[bucket] = counts[bucket]! + 1;
      const value = values[i]!;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    this.min = min;
    this.max = max;
    this.total += values.length;
    return this.#nonFinite() === before ? -1 : values.findIndex((value) => !Number.isFinite(value));
  }

  merge(other: FloatHistogram): void {
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      this.counts[bucket] = this.counts[bucket]! + other.counts[bucket]!;
    }
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    this.total += other.total;
  }

  /** The buckets that hold anything, from the lowest value to the highest. */
  points(): HistogramPoint[] {
    const points: HistogramPoint[] = [];
    const push = (bucket: number): void => {
      const count = this.counts[bucket]!;
      if (count === 0) return;
      const near = float32FromBits((bucket << 16) >>> 0);
      const far = float32FromBits(((bucket << 16) | 0xffff) >>> 0);
      const low = Math.max(Math.min(near, far), this.min);
      const high = Math.min(Math.max(near, far), this.max);
      // A zero is a zero; the rest of its bucket are subnormals that nobody tells apart.
      const zero = bucket === 0 || bucket === signBit;
      points.push({ value: zero ? 0 : (low + high) / 2, width: zero ? 0 : high - low, count });
    };
    for (let bucket = signBit + firstNonFinite - 1; bucket >= signBit; bucket--) push(bucket);
    for (let bucket = 0; bucket < firstNonFinite; bucket++) push(bucket);
    return points;
  }

  #nonFinite(): number {
    let count = 0;
    for (let bucket = firstNonFinite; bucket < signBit; bucket++) {
      count += this.counts[bucket]! + this.counts[bucket + signBit]!;
    }
    return count;
  }
}
