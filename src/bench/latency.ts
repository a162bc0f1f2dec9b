import { InferOptError } from '../errors.js';
import { silentProgress, type Progress } from '../progress.js';
import { seededRandom, shuffled } from '../tensor/random.js';
import { leastRounds, quantileInterval, ratioInterval, type Blocks } from './statistics/bootstrap.js';
import { median } from './statistics/percentile.js';
import type { Timed } from './timed.js';
import { warmUp, type WarmUp } from './warm-up.js';

export interface LatencyOptions {
  readonly seed: number;
  /** Time for all subjects together, warm-up included. */
  readonly timeMs: number;
  /** How many runs of each subject there must be, even beyond `timeMs` unless that is `strict`. */
  readonly minimumSamples: number;
  /**
   * True when `timeMs` was asked for: it is then not exceeded for `minimumSamples`, and at most doubled for the few
   * rounds without which there is no interval.
   */
  readonly timeIsHard: boolean;
  /** Half the width of the interval, relative to its middle, that counts as tight; 0.01 unless said otherwise. */
  readonly precision?: number;
  /** True while a question is open that more rounds could answer. Gets the blocks of each subject so far. */
  readonly isOpen?: (blocks: readonly Blocks[]) => boolean;
  /** True when the first subject is no baseline of the others: each median counts for itself. */
  readonly independent?: boolean;
  /** Called between rounds, with how often each subject was run by then. */
  readonly betweenRounds?: (runs: readonly number[]) => void | Promise<void>;
  readonly progress?: Progress;
  readonly label?: string;
  readonly signal?: AbortSignal;
}

export type StopReason = 'precise' | 'time' | 'interrupted';

export interface LatencyResult {
  /** One block a round; a subject that failed has those before its failure. */
  readonly blocks: Blocks;
  readonly warmUp: WarmUp | undefined;
  readonly error: InferOptError | undefined;
}

export interface LatencyRun {
  readonly results: readonly LatencyResult[];
  readonly stopped: StopReason;
  readonly elapsedMs: number;
}

const defaultPrecision = 0.01;
const minimumRounds = 10;
/** A run longer than this refills the caches in passing. */
const longRunMs = 250;
/** However slow the model is, nothing is measured longer than this for the sake of a sample count. */
const longestMs = 600_000;

/**
 * Times several subjects in blocks that take turns, in an order drawn anew each round, never two at once. Stops when
 * the interval of every ratio to the first subject (or of its own median, alone) is tight and nothing is open, or when
 * the time is spent, and says which. The first subject is the baseline: its failure is thrown.
 */
export async function measureLatency(
  subjects: readonly Timed[],
  options: LatencyOptions,
): Promise<LatencyRun> {
  const { signal, progress = silentProgress } = options;
  const began = performance.now();
  const elapsed = (): number => performance.now() - began;
  const random = seededRandom(options.seed);
  const lanes = subjects.map((timed) => new Lane(timed));
  const step = progress.start(options.label ?? 'Measuring latency');
  try {
    for (const lane of lanes) {
      await lane.attempt(() => lane.warm(Math.min(2000, (options.timeMs * 0.2) / lanes.length)));
      throwIfFirstFailed(lanes, options);
    }
    const blockMs = Math.min(200, Math.max(5, options.timeMs / (lanes.length * 60)));
    let nextCheck = Math.max(minimumRounds, leastRounds);
    for (let round = 1; ; round++) {
      for (const index of shuffled(lanes.length, random)) {
        signal?.throwIfAborted();
        const lane = lanes[index]!;
        await lane.attempt(() => lane.measure(blockMs));
        throwIfFirstFailed(lanes, options);
      }
      await options.betweenRounds?.(lanes.map((lane) => lane.runs));
      step.note(`round ${round}`);
      const enough = lanes.every((lane) => lane.error ?? lane.samples >= options.minimumSamples);
      const spent = elapsed() >= options.timeMs;
      const hardEnd = options.timeIsHard
        ? spent && (round >= leastRounds || elapsed() >= 2 * options.timeMs)
        : elapsed() >= Math.max(options.timeMs, longestMs);
      if (hardEnd || (spent && enough && round >= leastRounds)) return finish(lanes, 'time', elapsed());
      if (!enough || round < nextCheck) continue;
      // Looking costs a bootstrap, so not after every round.
      nextCheck = Math.ceil(round * 1.15) + 1;
      const blocks = lanes.map((lane) => lane.blocks);
      if (isTight(lanes, options) && options.isOpen?.(blocks) !== true)
        return finish(lanes, 'precise', elapsed());
    }
  } catch (thrown) {
    // What was measured by then is worth keeping; whoever aborted knows that it is not all.
    if (signal?.aborted === true && lanes.every(({ blocks }) => blocks.length > 0)) {
      return finish(lanes, 'interrupted', elapsed());
    }
    throw thrown;
  } finally {
    step.done();
  }
}

function isTight(lanes: readonly Lane[], options: LatencyOptions): boolean {
  const running = lanes.filter((lane) => !lane.error);
  const [first, ...others] = running;
  const random = seededRandom(options.seed);
  const intervals =
    others.length === 0 || options.independent === true
      ? running.map((lane) => quantileInterval(lane.blocks, 0.5, random))
      : others.map((lane) => ratioInterval(first!.blocks, lane.blocks, 0.5, random));
  const precision = options.precision ?? defaultPrecision;
  return intervals.every((interval) => {
    if (!interval) return false;
    const [low, high] = interval;
    return (high - low) / (high + low) <= precision;
  });
}

function finish(lanes: readonly Lane[], stopped: StopReason, elapsedMs: number): LatencyRun {
  const results = lanes.map(({ blocks, warmUp: warmed, error }) => ({ blocks, warmUp: warmed, error }));
  return { results, stopped, elapsedMs };
}

/** Without its baseline nothing can be compared; independent subjects go on until none is left. */
function throwIfFirstFailed(lanes: readonly Lane[], { independent = false }: LatencyOptions): void {
  const error = lanes[0]?.error;
  if (error && (!independent || lanes.every((lane) => lane.error))) throw error;
}

/** What is known of one subject while it is measured. */
class Lane {
  readonly timed: Timed;
  readonly blocks: Float64Array[] = [];
  warmUp: WarmUp | undefined;
  error: InferOptError | undefined;
  samples = 0;
  runs = 0;
  /** Smallest median of a block. */
  #fastest = Infinity;
  #next = 0;

  constructor(timed: Timed) {
    this.timed = timed;
  }

  async warm(limitMs: number): Promise<void> {
    this.warmUp = await warmUp(this.timed, limitMs);
    this.#fastest = this.warmUp.medianMs;
  }

  /**
   * One more block of about `blockMs`. Blocks of equal time for all: a process that has slept is given the core for a
   * while and is then interrupted, so that on a busy machine longer blocks look slower. Hence the length follows the
   * fastest block so far, which is the same for equal models, and not the first impression.
   */
  async measure(blockMs: number): Promise<void> {
    const count = Math.min(500, Math.max(1, Math.round(blockMs / Math.max(this.#fastest, 1e-4))));
    // The first runs of a block find the caches as the other process left them, which no steady caller sees.
    const leadIn = this.#fastest > longRunMs ? 0 : Math.min(10, Math.ceil(count / 20));
    const times = (await this.timed.timeBlock(count + leadIn, this.#next)).slice(leadIn);
    this.#next += count + leadIn;
    this.runs += count + leadIn;
    this.#fastest = Math.min(this.#fastest, median(times));
    this.blocks.push(times);
    this.samples += count;
  }

  /** Does nothing once the subject has failed, and keeps its failure. */
  async attempt(work: () => Promise<void>): Promise<void> {
    if (this.error) return;
    try {
      await work();
    } catch (thrown) {
      if (!(thrown instanceof InferOptError)) throw thrown;
      this.error = thrown;
    }
  }
}

/** All times of a lane. */
export function pooled(blocks: Blocks): Float64Array {
  return Float64Array.from(blocks.flatMap((block) => Array.from(block)));
}

/**
 * How far apart the rounds of one subject are: the median absolute deviation of their medians, relative to their
 * median. Above a few percent the machine was busy with something else.
 */
export function unrest(blocks: Blocks): number {
  const medians = blocks.map((block) => median(block));
  const middle = median(medians);
  return median(medians.map((value) => Math.abs(value - middle))) / middle;
}
