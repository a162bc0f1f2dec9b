import type { Progress } from '../../progress.js';
import type { LoadTimes } from './report.js';

/** Opens a file in a process of its own and tells how long that took, in milliseconds. */
export type OpenOnce = () => Promise<number>;

export interface LoadTimeOptions {
  /** Time that may be spent after the least number of rounds. */
  readonly budgetMs?: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

const leastRounds = 5;
const mostRounds = 15;

/**
 * Times opening the original and the artifact in turns, who is first changing from round to round, so that whatever
 * else the machine does meets both. Neither must be opened for the first time: that would time the disk.
 */
export async function measureLoadTimes(
  original: OpenOnce,
  compiled: OpenOnce,
  { budgetMs = 4000, progress, signal }: LoadTimeOptions,
): Promise<LoadTimes> {
  const before: number[] = [];
  const after: number[] = [];
  const started = performance.now();
  const step = progress.start('Timing how fast it opens', mostRounds);
  try {
    while (before.length < mostRounds) {
      if (before.length >= leastRounds && performance.now() - started > budgetMs) break;
      signal?.throwIfAborted();
      const originalFirst = before.length % 2 === 0;
      if (originalFirst) before.push(await original());
      after.push(await compiled());
      if (!originalFirst) before.push(await original());
      step.advance();
    }
  } finally {
    step.done();
  }
  const [originalMs, compiledMs] = [median(before), median(after)];
  return {
    original_ms: originalMs,
    compiled_ms: compiledMs,
    speedup: originalMs / compiledMs,
    faster_in: before.filter((time, round) => after[round]! < time).length,
    rounds: before.length,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
