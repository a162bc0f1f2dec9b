import type { ServiceTimes } from './service-times.js';
import type { Setting } from './plan-result.js';

export interface GridLimits {
  readonly batches: readonly number[];
  /** Milliseconds; without, multiples of the time of a single request. */
  readonly windows: readonly number[] | undefined;
  readonly instances: readonly number[];
  readonly queueLimit: number;
}

/** Windows worth trying, in times of a single request: longer ones cost every request more than a batch gains. */
const windowFactors = [0, 0.25, 0.5, 1, 2, 4];

/** Every combination that is different: without batches there is nothing to wait for. */
export function settingsGrid(limits: GridLimits, single: ServiceTimes): Setting[] {
  const windows = limits.windows ?? windowFactors.map((factor) => rounded(factor * single.mean(1)));
  return limits.instances.flatMap((instances) =>
    limits.batches.flatMap((maxBatch) =>
      [...new Set(maxBatch === 1 ? [0] : windows)].map((window) => ({
        max_batch: maxBatch,
        window_ms: window,
        preferred: [],
        instances,
        queue_limit: limits.queueLimit,
      })),
    ),
  );
}

/** To microseconds, in which servers are told: and no finer than two figures, since no measurement is. */
function rounded(ms: number): number {
  return Math.round(Number(ms.toPrecision(2)) * 1000) / 1000;
}
