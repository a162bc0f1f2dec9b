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

/** Bits of infinity: what lies above is NaN. */
const infinityBits = 0x7f800000;

/** Uint32 counters are emptied before they could overflow. */
const pendingLimit = 2 ** 32 - 1;

/**
 * How often each float32 occurs, by its upper 16 bits: no range need be known beforehand, a bucket is at
 * most 0.8% of its value wide, and histograms merge by addition. Counts are float64 (exact to 2^53), minimum
 * and maximum are exact. 512 KiB of memory, however many values are added.
 */
export class FloatHistogram {
  min = Infinity;
  max = -Infinity;
  total = 0;
  #counts: Float64Array | undefined;
  #lanes: readonly [Uint32Array, Uint32Array] | undefined;
  #pending = 0;

  get counts(): Float64Array {
    this.#empty();
    return (this.#counts ??= new Float64Array(bucketCount));
  }

  /**
   * Adds every element. Returns the index of the first NaN or infinity, or -1: then all were finite. What
   * is not finite is counted nowhere else than in its bucket, so the caller must give up.
   */
  add(values: Float32Array): number {
    const { length } = values;
    if (length === 0) return -1;
    const [even, odd] = this.#lanesFor(length);
    const bits = new Int32Array(values.buffer, values.byteOffset, length);
    let least = orderOf(bits[0]!);
    let most = least;
    // Behind a Relu half of the values are zeros: each counter would wait for its own last store, so two take turns.
    const paired = length & ~1;
    for (let i = 0; i < paired; i += 2) {
      const a = bits[i]!;
      const b = bits[i + 1]!;
      even[a >>> 16] = even[a >>> 16]! + 1;
      odd[b >>> 16] = odd[b >>> 16]! + 1;
      const orderA = orderOf(a);
      const orderB = orderOf(b);
      if (orderA < least) least = orderA;
      if (orderA > most) most = orderA;
      if (orderB < least) least = orderB;
      if (orderB > most) most = orderB;
    }
    if (paired < length) {
      const last = bits[paired]!;
      even[last >>> 16] = even[last >>> 16]! + 1;
      least = Math.min(least, orderOf(last));
      most = Math.max(most, orderOf(last));
    }
    this.total += length;
    if (most >= infinityBits || least <= orderOf(infinityBits | (1 << 31)))
      return values.findIndex((value) => !Number.isFinite(value));
    this.min = Math.min(this.min, valueOf(least));
    this.max = Math.max(this.max, valueOf(most));
    return -1;
  }

  merge(other: FloatHistogram): void {
    const [counts, added] = [this.counts, other.counts];
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      counts[bucket] = counts[bucket]! + added[bucket]!;
    }
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    this.total += other.total;
  }

  /** The buckets that hold anything, from the lowest value to the highest. */
  points(): HistogramPoint[] {
    const { counts } = this;
    const points: HistogramPoint[] = [];
    const push = (bucket: number): void => {
      const count = counts[bucket]!;
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

  /** Moves what the counters hold to where it cannot overflow, and gives their memory back. */
  #empty(): void {
    if (this.#lanes === undefined) return;
    const [even, odd] = this.#lanes;
    const counts = (this.#counts ??= new Float64Array(bucketCount));
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      counts[bucket] = counts[bucket]! + even[bucket]! + odd[bucket]!;
    }
    this.#lanes = undefined;
    this.#pending = 0;
  }

  /** Two sets of counters with room for `added` more. */
  #lanesFor(added: number): readonly [Uint32Array, Uint32Array] {
    if (this.#pending + added > pendingLimit) this.#empty();
    this.#pending += added;
    return (this.#lanes ??= [new Uint32Array(bucketCount), new Uint32Array(bucketCount)]);
  }
}

/** A float32's bits as an int32 that sorts like the float: the magnitude of negative ones is turned round. */
function orderOf(bits: number): number {
  return bits ^ ((bits >> 31) & 0x7fffffff);
}

/** The float32 at a place of that order (the way there is its own way back). Both zeros give 0. */
function valueOf(order: number): number {
  return float32FromBits(orderOf(order) >>> 0) + 0;
}
