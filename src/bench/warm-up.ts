import { median } from './statistics/percentile.js';
import type { Timed } from './timed.js';

/** How a subject came to its steady speed. */
export interface WarmUp {
  readonly runs: number;
  readonly ms: number;
  /** False when it was still changing at the time limit. */
  readonly settled: boolean;
  /** The smallest median of a block: the speed when nothing else disturbed it. */
  readonly medianMs: number;
}

const steadyBlocks = 3;
/** Getting faster by less than this is noise. */
const tolerance = 0.05;
const blockMs = 15;

/**
 * Runs until three blocks in a row are no more than 5% faster than the one before them, or until the time is
 * spent. Nothing is assumed about how many runs that takes. Blocks that are slower count as steady: a busy machine
 * looks like that, a cold model does not.
 */
export async function warmUp(timed: Timed, limitMs: number): Promise<WarmUp> {
  const began = performance.now();
  const first = await timed.timeBlock(1, 0);
  let runs = 1;
  let typical = first[0]!;
  let reference = Infinity;
  let steady = 0;
  let best = typical;
  while (steady < steadyBlocks && performance.now() - began < limitMs) {
    const count = Math.min(500, Math.max(1, Math.round(blockMs / Math.max(typical, 1e-4))));
    typical = median(await timed.timeBlock(count, runs));
    runs += count;
    best = Math.min(best, typical);
    if (typical >= reference * (1 - tolerance)) {
      steady++;
    } else {
      reference = typical;
      steady = 0;
    }
  }
  return { runs, ms: performance.now() - began, settled: steady >= steadyBlocks, medianMs: best };
}
