import type { Artifact } from '../artifact.js';
import { measureCapacity } from '../kserve/capacity.js';
import type { ServedModel } from '../kserve/served-model.js';
import type { BenchSettings } from '../result.js';
import type { Feeds } from '../serving/feeds.js';
import type { LiveTarget } from '../serving/live-batcher.js';
import { ServingPool } from '../serving/serving-process.js';
import { median } from '../statistics/percentile.js';
import { feedsFor } from '../subject.js';

/** What requests are sent to in an open loop. */
export interface Target extends LiveTarget {
  /** How many requests may be in flight; more wait with us. */
  readonly instances: number;
  /** Requests a second that it could answer at most. */
  readonly capacityPerS: number;
  /** What a refused request counts as. */
  readonly refusedMs: number;
  close(): Promise<void>;
}

/** Our own copies of the model, as many as requests may be in flight, or the server that it is behind. */
export async function targetOf(
  artifact: Artifact,
  requests: readonly Feeds[],
  settings: BenchSettings,
  signal: AbortSignal | undefined,
): Promise<Target> {
  const feeds = requests.map((inputs) => feedsFor(artifact.subject!, inputs));
  if (artifact.served !== undefined) return servedTarget(artifact.served, feeds);
  const serviceMs = median(artifact.times[0]?.blocks.flatMap((block) => [...block]) ?? []);
  const pool = await ServingPool.start({
    path: artifact.path,
    instances: settings.concurrency,
    threads: settings.threads,
    batches: [1],
    session: artifact.session,
    requests: feeds,
    ...(signal === undefined ? {} : { signal }),
  });
  return {
    instances: settings.concurrency,
    capacityPerS: (settings.concurrency * 1000) / serviceMs,
    refusedMs: Infinity,
    run: (instance, batch) => pool.run(instance, batch),
    close: () => pool.close(),
  };
}

/** A server queues by itself: requests are sent when they are due. Only so many, or a machine runs out of sockets. */
const mostInFlight = 256;

async function servedTarget(served: ServedModel, feeds: readonly Feeds[]): Promise<Target> {
  await served.setSamples(feeds);
  return {
    instances: mostInFlight,
    capacityPerS: await measureCapacity(served),
    refusedMs: served.timeoutMs,
    run: () => served.sendNext(),
    // It is the artifact's, and closed with it.
    close: () => Promise.resolve(),
  };
}
