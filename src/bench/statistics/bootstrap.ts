import { normalProbability, studentQuantile } from './quantiles.js';
import { median, quantileSorted } from './percentile.js';
import { roundsTogether } from './persistence.js';

export type Interval = readonly [low: number, high: number];

/** Latencies as they were taken: one block a round. */
export type Blocks = readonly Float64Array[];

const resamples = 1000;

/** Fewer rounds than this say nothing about their own spread. */
export const leastRounds = 6;

/**
 * 95% interval of quantile(a) / quantile(b), where a and b were measured in the same rounds. Rounds are resampled,
 * not samples, and for both at once: neighbours in time are alike, and what slowed one down in a round slowed the
 * other. Undefined below `leastRounds` rounds.
 */
export function ratioInterval(a: Blocks, b: Blocks, p: number, random: () => number): Interval | undefined {
  const rounds = Math.min(a.length, b.length);
  const above = new BlockQuantile(a.slice(0, rounds));
  const below = new BlockQuantile(b.slice(0, rounds));
  const ratios = Array.from({ length: rounds }, (_, round) => median(a[round]!) / median(b[round]!));
  return resample(ratios, random, (counts) => above.of(counts, p) / below.of(counts, p));
}

/**
 * The same where a and b come from different runs: their rounds have nothing to do with each other and are resampled
 * apart, so that the noise of both counts in full.
 */
export function independentRatioInterval(
  a: Blocks,
  b: Blocks,
  p: number,
  random: () => number,
): Interval | undefined {
  const above = draws(a, p, random);
  const below = draws(b, p, random);
  if (!above || !below) return undefined;
  const ratios = above.values.map((value, i) => value / below.values[i]!);
  return expandedInterval(ratios, Math.min(above.groups, below.groups));
}

function draws(blocks: Blocks, p: number, random: () => number): Draws | undefined {
  const pooled = new BlockQuantile(blocks);
  const medians = blocks.map((block) => median(block));
  return resampled(medians, random, (counts) => pooled.of(counts, p));
}

/** 95% interval of a quantile over rounds. Undefined below `leastRounds` rounds. */
export function quantileInterval(blocks: Blocks, p: number, random: () => number): Interval | undefined {
  const found = draws(blocks, p, random);
  return found && expandedInterval(found.values, found.groups);
}

/** 95% interval of the mean over rounds. Undefined below `leastRounds` rounds. */
export function meanInterval(blocks: Blocks, random: () => number): Interval | undefined {
  const sums = blocks.map((block) => block.reduce((sum, value) => sum + value, 0));
  const means = sums.map((sum, block) => sum / blocks[block]!.length);
  return resample(means, random, (counts) => {
    let sum = 0;
    let size = 0;
    for (let block = 0; block < sums.length; block++) {
      sum += sums[block]! * counts[block]!;
      size += blocks[block]!.length * counts[block]!;
    }
    return sum / size;
  });
}

/**
 * Bootstrap percentiles. Rounds that hang together are drawn together (the block bootstrap of H. R. Kuensch, Annals of
 * Statistics 17, 1989), and for few draws the interval is widened: the tails are taken at Phi(-t * sqrt(n / (n - 1)))
 * instead of 2.5% ("expanded percentile interval", T. Hesterberg, What Teachers Should Know About the Bootstrap, 2014,
 * section 4.2).
 * @param series one number a round, which shows whether rounds hang together
 */
function resample(
  series: readonly number[],
  random: () => number,
  statistic: (counts: Uint32Array) => number,
): Interval | undefined {
  const found = resampled(series, random, statistic);
  return found && expandedInterval(found.values, found.groups);
}

interface Draws {
  /** The statistic of each resample. */
  readonly values: Float64Array;
  /** How many independent groups of rounds there are. */
  readonly groups: number;
}

function resampled(
  series: readonly number[],
  random: () => number,
  statistic: (counts: Uint32Array) => number,
): Draws | undefined {
  const rounds = series.length;
  if (rounds < leastRounds) return undefined;
  const together = Math.min(roundsTogether(series), Math.floor(rounds / leastRounds));
  const groups = Math.floor(rounds / together);
  const values = new Float64Array(resamples);
  const counts = new Uint32Array(rounds);
  for (let i = 0; i < resamples; i++) {
    counts.fill(0);
    for (let k = 0; k < groups; k++) {
      const start = Math.floor(random() * (rounds - together + 1));
      for (let round = start; round < start + together; round++) counts[round] = counts[round]! + 1;
    }
    values[i] = statistic(counts);
  }
  return { values, groups };
}

function expandedInterval(values: Float64Array, groups: number): Interval {
  values.sort();
  const t = studentQuantile(0.975, groups - 1);
  const tail = normalProbability(-t * Math.sqrt(groups / (groups - 1)));
  return [quantileSorted(values, tail), quantileSorted(values, 1 - tail)];
}

/**
 * The quantile of blocks taken several times each, without sorting anew: all samples are sorted once with the number
 * of their block, and a resample only changes how often each counts.
 */
class BlockQuantile {
  readonly #sorted: Float64Array;
  readonly #blockOf: Uint32Array;
  readonly #sizes: Uint32Array;

  constructor(blocks: Blocks) {
    this.#sizes = Uint32Array.from(blocks, (block) => block.length);
    const owners = blocks.flatMap((block, index) => Array.from(block, (value) => ({ value, index })));
    owners.sort((a, b) => a.value - b.value);
    this.#sorted = Float64Array.from(owners, ({ value }) => value);
    this.#blockOf = Uint32Array.from(owners, ({ index }) => index);
  }

  of(counts: Uint32Array, p: number): number {
    const total = this.#sizes.reduce((sum, size, block) => sum + size * counts[block]!, 0);
    const at = (total - 1) * p;
    const low = Math.floor(at);
    let seen = 0;
    let lowValue: number | undefined;
    for (let i = 0; i < this.#sorted.length; i++) {
      seen += counts[this.#blockOf[i]!]!;
      if (lowValue === undefined && seen > low) lowValue = this.#sorted[i]!;
      if (seen > low + 1) return lowValue! + (at - low) * (this.#sorted[i]! - lowValue!);
    }
    return lowValue ?? NaN;
  }
}
