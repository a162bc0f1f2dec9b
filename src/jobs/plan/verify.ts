import { atRate, poissonArrivals, type Arrivals } from '../../bench/serving/arrivals.js';
import { runLive } from '../../bench/serving/live-batcher.js';
import type { Feeds } from '../../bench/serving/feeds.js';
import { ServingPool } from '../../bench/serving/serving-process.js';
import type { Progress } from '../../progress.js';
import { figuresOf } from '../../serve/plan/figures.js';
import type { Figures, SettingResult, Verification } from '../../serve/plan/plan-result.js';
import { ServiceTimes } from '../../serve/plan/service-times.js';
import { simulate } from '../../serve/plan/simulate.js';

export interface VerifyOptions {
  readonly path: string;
  readonly threads: number;
  readonly requests: readonly Feeds[];
  readonly service: readonly ServiceTimes[];
  readonly trace: Arrivals | undefined;
  /** For each setting. */
  readonly timeMs: number;
  readonly seed: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Runs settings for real, with arrivals of the length of `timeMs`, and simulates each with the very same arrivals.
 */
export async function verifySettings(
  results: readonly SettingResult[],
  options: VerifyOptions,
): Promise<Verification[]> {
  const verified: Verification[] = [];
  const step = options.progress.start('Running the settings', results.length);
  try {
    for (const { settings, rate_per_s: rate } of results) {
      step.note(`${rate.toFixed(0)} requests a second for ${(options.timeMs / 1000).toFixed(0)} s`);
      const count = Math.max(2, Math.round((rate * options.timeMs) / 1000));
      const arrivals =
        options.trace === undefined
          ? poissonArrivals(rate, count, options.seed)
          : atRate(options.trace.subarray(0, Math.max(2, count)), rate);
      const server = {
        maxBatch: settings.max_batch,
        windowMs: settings.window_ms ?? Infinity,
        preferred: settings.preferred,
        instances: settings.instances,
        queueLimit: settings.queue_limit,
      };
      const pool = await ServingPool.start({
        path: options.path,
        instances: settings.instances,
        threads: options.threads,
        batches: Array.from({ length: settings.max_batch }, (_, index) => index + 1),
        requests: options.requests,
        signal: options.signal,
      });
      try {
        const live = await runLive(pool, arrivals, server, options.signal);
        const simulated = (service: readonly ServiceTimes[]): Figures =>
          figuresOf(simulate(arrivals, { ...server, service }, options.seed), settings.instances);
        verified.push({
          settings,
          rate_per_s: rate,
          requests: arrivals.length,
          predicted: simulated(options.service),
          replayed: simulated([observedTimes(live.serviceTimes)]),
          measured: figuresOf(live, settings.instances),
        });
      } finally {
        await pool.close();
      }
      step.advance();
    }
  } finally {
    step.done();
  }
  return verified;
}

function observedTimes(bySize: ReadonlyMap<number, readonly number[]>): ServiceTimes {
  return new ServiceTimes(
    [...bySize].map(([batch, times]) => ({ batch, times: Float64Array.from(times).sort() })),
  );
}
