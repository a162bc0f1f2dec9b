import { ModelProcess } from './process/model-process.js';
import type { Tensor } from '../tensor/tensor.js';

export interface SpeedMeasure {
  /** Median latency of the original over that of the candidate, of alternating blocks. */
  readonly speedup: number;
  readonly originalMs: number;
  readonly candidateMs: number;
}

export interface MeasureOptions {
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  /** Time for both together. */
  readonly budgetMs?: number;
}

const defaultBudgetMs = 3000;
const leastRounds = 8;

/**
 * How much faster a candidate is than the original, in short: each in a process of its own, in turns, so that
 * whatever else the machine does hits both. `infer-opt bench` measures with intervals.
 */
export async function measureSpeed(
  original: string,
  candidate: string,
  feeds: ReadonlyMap<string, Tensor>,
  candidateFeeds: ReadonlyMap<string, Tensor>,
  options: MeasureOptions,
): Promise<SpeedMeasure> {
  const settings = {
    threads: options.threads,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const first = await ModelProcess.start(original, settings);
  try {
    const second = await ModelProcess.start(candidate, settings);
    try {
      await first.setSamples([feeds]);
      await second.setSamples([candidateFeeds]);
      return await alternate(first, second, options.budgetMs ?? defaultBudgetMs);
    } finally {
      await second.close();
    }
  } finally {
    await first.close();
  }
}

async function alternate(
  original: ModelProcess,
  candidate: ModelProcess,
  budgetMs: number,
): Promise<SpeedMeasure> {
  const warm = await original.timeBlock(3, 0);
  await candidate.timeBlock(3, 0);
  // A block is long enough for the clock and short enough to take turns many times.
  const count = Math.max(1, Math.min(200, Math.round(30 / Math.max(median(warm), 0.01))));
  const times: [number[], number[]] = [[], []];
  const end = performance.now() + budgetMs;
  for (let round = 0; round < leastRounds || performance.now() < end; round++) {
    const order = round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    for (const side of order) {
      const block = await (side === 0 ? original : candidate).timeBlock(count, 0);
      times[side].push(median(block));
    }
    if (performance.now() > end + 20 * budgetMs) break;
  }
  const originalMs = median(times[0]);
  const candidateMs = median(times[1]);
  return { speedup: originalMs / candidateMs, originalMs, candidateMs };
}

function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(sorted.length / 2)]!;
}
