import type { SampleSet } from '../data/types.js';
import { InferOptError, messageOf } from '../errors.js';
import type { Gate } from '../gates/gate.js';
import { judge } from '../gates/judge.js';
import type { Progress } from '../progress.js';
import type { Artifact } from './artifact.js';
import { isTimingGate, samplesForGates, timingNumber } from './gate-numbers.js';
import { measureLatency } from './latency.js';
import { leakError, MemoryWatch } from './memory-watch.js';
import type { BenchSettings } from './result.js';
import type { Blocks } from './statistics/bootstrap.js';
import { minimumSamples } from './statistics/percentile.js';
import { feedsFor } from './subject.js';
import { batchObstacle, timingFeeds } from './timing-feeds.js';

export interface TimeArtifactsOptions {
  readonly batch: number;
  readonly settings: BenchSettings;
  readonly samples: SampleSet;
  /** The gates that hold for this batch size. */
  readonly gates: readonly Gate[];
  readonly timeIsHard: boolean;
  readonly warnings: string[];
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
  /** Called between rounds. */
  readonly betweenRounds: () => void;
  /** How much slower the machine is than when a stored baseline was measured; undefined without one. */
  readonly referenceRatio: number;
}

/** Times all artifacts that can take the batch, in turns, and leaves the blocks with them. */
export async function timeArtifacts(
  artifacts: readonly Artifact[],
  options: TimeArtifactsOptions,
): Promise<void> {
  const { batch, settings, signal } = options;
  const { concurrency } = settings;
  const stored = artifacts[0]?.stored === true ? artifacts[0] : undefined;
  const storedBlocks = stored?.times.find((times) => times.batch === batch)?.blocks;
  if (stored && !storedBlocks) {
    options.warnings.push(`the stored baseline holds no latencies at batch ${batch}`);
    return;
  }
  const running = artifacts.filter(
    (artifact) => !artifact.error && !artifact.stored && canTake(artifact, batch, options),
  );
  if (running.length === 0 || (!stored && running[0]?.role !== 'baseline')) return;
  const feeds = await timingFeeds(options.samples, batch);
  for (const artifact of running) {
    await artifact.attempt(async () => {
      const { subject } = artifact;
      await subject?.process.setSamples(feeds.map((inputs) => feedsFor(subject, inputs)));
    });
  }
  const timed = running.filter(({ error }) => !error);
  if (timed.length === 0) return;
  const timingGates = options.gates.filter(isTimingGate);
  const judged = timed.some(({ role }) => role === 'candidate')
    ? timed.flatMap(({ role }, index) => (role === 'candidate' ? [index] : []))
    : [0];
  const isOpen = (blocks: readonly Blocks[]): boolean =>
    judged.some((index) =>
      timingGates.some((gate) => {
        const numbers = {
          baseline: storedBlocks ?? blocks[0]!,
          artifact: blocks[index]!,
          batch,
          concurrency,
          seed: settings.seed,
          paired: stored === undefined,
          referenceRatio: options.referenceRatio,
        };
        return judge(gate, timingNumber(gate, numbers)).verdict === 'inconclusive';
      }),
    );
  const watches = timed.map(() => new MemoryWatch());
  const run = await measureLatency(
    timed.flatMap(({ subject }) => subject?.process.concurrently(concurrency) ?? []),
    {
      seed: settings.seed,
      timeMs: settings.time_ms,
      timeIsHard: options.timeIsHard,
      // Enough for p95 in any case.
      minimumSamples: Math.max(minimumSamples(0.95), samplesForGates(timingGates)),
      isOpen,
      independent: stored !== undefined,
      betweenRounds: async (runs) => {
        options.betweenRounds();
        await Promise.all(timed.map((artifact, i) => watchMemory(artifact, watches[i]!, runs[i]!)));
      },
      progress: options.progress,
      label: batch === 1 ? 'Measuring latency' : `Measuring latency at batch ${batch}`,
      ...(signal ? { signal } : {}),
    },
  );
  const baseline = storedBlocks ?? run.results[0]!.blocks;
  timed.forEach((artifact, i) => {
    const { blocks, warmUp, error } = run.results[i]!;
    if (error) artifact.failed(error);
    else artifact.times.push({ batch, baseline, blocks, warmUp, stopped: run.stopped, paired: !stored });
    const leak = watches[i]!.leak();
    if (leak === undefined || artifact.error) return;
    const found = leakError(artifact.path, leak);
    // Without a baseline nothing is known at all: what it leaks is told, and measured.
    if (artifact.role === 'baseline') options.warnings.push(messageOf(found));
    else artifact.failed(found);
  });
}

/** One more reading; a process that has died says so at its next run. */
async function watchMemory({ subject, error }: Artifact, watch: MemoryWatch, runs: number): Promise<void> {
  if (error) return;
  const memory = await subject?.process.memory(true).catch(() => undefined);
  if (memory) watch.add(runs, memory.rss);
}

/** Throws `usage` when the baseline cannot take the batch that everything is compared at. */
function canTake(artifact: Artifact, batch: number, { settings, warnings }: TimeArtifactsOptions): boolean {
  const obstacle = artifact.subject ? batchObstacle(artifact.subject, batch) : undefined;
  if (obstacle === undefined) return true;
  const line = `${artifact.path}: ${obstacle}`;
  if (artifact.role === 'baseline' && batch === settings.batches[0]) {
    throw new InferOptError('usage', line, { hint: 'leave --batch out, or start it with 1' });
  }
  warnings.push(line);
  return false;
}
