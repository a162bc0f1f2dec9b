import type { SampleSet } from '../../data/types.js';
import { InferOptError } from '../../errors.js';
import type { Progress } from '../../progress.js';
import type { Artifact } from '../artifact.js';
import type { BenchSettings } from '../result.js';
import { poissonArrivals } from '../serving/arrivals.js';
import { runLive } from '../serving/live-batcher.js';
import { minimumSamples } from '../statistics/percentile.js';
import { timingFeeds } from '../timing-feeds.js';
import { RateSearch, type LatencyLimit } from './search.js';
import { targetOf, type Target } from './target.js';

export interface MeasureServerOptions {
  readonly settings: BenchSettings;
  readonly limit: LatencyLimit;
  readonly samples: SampleSet;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

const steps = 7;

/**
 * Searches for each artifact the highest rate of requests that it carries within the limit: open loop, requests of one
 * sample each at random times, as many copies of the model as requests may be in flight. Artifacts take turns by the trial.
 */
export async function measureServer(
  artifacts: readonly Artifact[],
  options: MeasureServerOptions,
): Promise<void> {
  const { settings, limit, progress, signal } = options;
  const requests = await timingFeeds(options.samples, 1);
  const targets: Target[] = [];
  const searches: { artifact: Artifact; search: RateSearch }[] = [];
  const running = artifacts.filter(({ error, subject }) => error === undefined && subject !== undefined);
  const step = progress.start('Searching rates', running.length * steps);
  try {
    for (const artifact of running) {
      await artifact.attempt(async () => {
        const target = await targetOf(artifact, requests, settings, signal);
        targets.push(target);
        searches.push({ artifact, search: searchOf(target, running.length, options) });
      });
    }
    for (let i = 0; i < steps; i++) {
      for (const { artifact, search } of searches) {
        signal?.throwIfAborted();
        step.note(`${artifact.path}: ${limit.metric} <= ${limit.limitMs} ms`);
        await artifact.attempt(() => search.step());
        artifact.server = search.result();
        step.advance();
      }
    }
  } finally {
    step.done();
    await Promise.all(targets.map((target) => target.close()));
  }
}

function searchOf(
  target: Target,
  artifacts: number,
  { settings, limit, signal }: MeasureServerOptions,
): RateSearch {
  const { capacityPerS, instances, refusedMs } = target;
  if (!Number.isFinite(capacityPerS)) throw new InferOptError('internal', 'the service time is not known');
  // A trial at half of the capacity takes its share of the time.
  const affordable = Math.floor((settings.time_ms / 1000 / (artifacts * steps)) * capacityPerS * 0.5);
  const needed = limit.metric === 'mean' ? 100 : minimumSamples(Number(limit.metric.slice(1)) / 100);
  const server = {
    instances,
    maxBatch: 1,
    windowMs: 0,
    preferred: [],
    queueLimit: 0,
  };
  let trial = 0;
  return new RateSearch(
    async (ratePerS, count) => {
      const arrivals = poissonArrivals(ratePerS, count, settings.seed + trial++);
      const { latencies } = await runLive(target, arrivals, server, signal);
      return latencies.map((latency) => (Number.isNaN(latency) ? refusedMs : latency));
    },
    { limit, capacityPerS, requests: Math.max(needed, Math.min(20_000, affordable)), steps },
  );
}
