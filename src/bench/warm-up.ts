import { median } from './statistics/percentile.js';
import type { Timed } from './timed.js';

/** How a subject came to its steady speed. */
export interface WarmUp {
  readonly runs: number;
  readonly ms: number;
  /** False when it was still changing at the time limit. */
  readonly settled: boolean;
  /** Of the last runs. */
  readonly medianMs: number;
}

const windowBlocks = 3;
const tolerance = 0.05;
const blockMs = 15;

/**
 * Runs until the medians of three blocks in a row lie within 5% of each other, or until the time is spent. Nothing is
 * assumed about how many runs that takes: a model that allocates at its first run is warm after it, one whose memory
 * grows is not for long.
 */
export async function warmUp(timed: Timed, limitMs: number): Promise<WarmUp> {
  const began = performance.now();
  const first = await timed.timeBlock(1, 0);
  let runs = 1;
  let typical = first[0]!;
  const medians: number[] = [];
  let settled = false;
  while (!settled && performance.now() - began < limitMs) {
    const count = Math.min(500, Math.max(1, Math.round(blockMs / Math.max(typical, 1e-4))));
    typical = median(await timed.timeBlock(count, runs));
    runs += count;
    medians.push(typical);
    const last = medians.slice(-windowBlocks);
    settled = last.length === windowBlocks && Math.max(...last) <= Math.min(...last) * (1 + tolerance);
  }
  return { runs, ms: performance.now() - began, settled, medianMs: typical };
}
