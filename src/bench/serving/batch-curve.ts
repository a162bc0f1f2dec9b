import { silentProgress, type Progress } from '../../progress.js';
import { seededRandom, shuffled } from '../../tensor/random.js';
import type { ServingPool } from './serving-process.js';

/** Times of one batch size with so many instances computing at once. */
export interface MeasuredPoint {
  readonly batch: number;
  readonly instances: number;
  /** Milliseconds from sending a batch to its answer, sorted. */
  readonly times: Float64Array;
}

export interface CurveOptions {
  readonly batches: readonly number[];
  /** Up to how many instances compute at once; each number from 1 on is measured. */
  readonly instances: number;
  /** For everything together. */
  readonly timeMs: number;
  readonly seed: number;
  readonly progress?: Progress;
  readonly signal?: AbortSignal | undefined;
}

const rounds = 8;
/** So that there is something like a distribution, even where the time is spent before. */
const leastRuns = 3;
/** A run longer than this refills the caches in passing, and needs none before it that does not count. */
const longRunMs = 250;

/**
 * How long batches take. All combinations take turns in an order drawn anew each round, so that a drift of the machine
 * meets all of them alike. Between runs there is a short pause, as there is between the requests of a server. When the
 * time is spent, combinations that have three runs get no more: a slow model takes longer than `timeMs` only for these.
 */
export async function measureBatchCurve(
  pool: Pick<ServingPool, 'run'>,
  options: CurveOptions,
): Promise<MeasuredPoint[]> {
  const { progress = silentProgress, signal } = options;
  const lanes = options.batches.flatMap((batch) =>
    Array.from({ length: options.instances }, (_, index) => ({
      batch,
      instances: index + 1,
      times: [] as number[],
    })),
  );
  const random = seededRandom(options.seed);
  const blockMs = options.timeMs / (rounds * lanes.length);
  const began = performance.now();
  const step = progress.start('Measuring batches', rounds * lanes.length);
  try {
    for (let round = 0; round < rounds; round++) {
      for (const index of shuffled(lanes.length, random)) {
        signal?.throwIfAborted();
        const lane = lanes[index]!;
        step.advance();
        if (performance.now() - began >= options.timeMs && lane.times.length >= leastRuns) continue;
        step.note(`batch ${lane.batch}, ${lane.instances} at once`);
        const blocks = Array.from({ length: lane.instances }, (_, instance) =>
          timeBlock(pool, instance, lane.batch, blockMs),
        );
        for (const times of await Promise.all(blocks)) lane.times.push(...times);
      }
    }
  } finally {
    step.done();
  }
  return lanes.map(({ batch, instances, times }) => ({
    batch,
    instances,
    times: Float64Array.from(times).sort(),
  }));
}

async function timeBlock(
  pool: Pick<ServingPool, 'run'>,
  instance: number,
  batch: number,
  blockMs: number,
): Promise<number[]> {
  const began = performance.now();
  const first = await timeOf(pool, instance, batch);
  // The first finds the caches as another size left them.
  const times = first < longRunMs ? [await timeOf(pool, instance, batch)] : [first];
  while (performance.now() - began < blockMs) times.push(await timeOf(pool, instance, batch));
  return times;
}

async function timeOf(pool: Pick<ServingPool, 'run'>, instance: number, batch: number): Promise<number> {
  const start = performance.now();
  await pool.run(instance, batch);
  return performance.now() - start;
}
