import { z } from 'zod';
import { runBench } from '../bench/bench.js';
import type { BenchResult } from '../bench/result.js';
import type { Dataset, SampleSet } from '../data/dataset.js';
import type { Gate } from '../gates/gate.js';
import type { Progress } from '../progress.js';
import type { Cache } from './cache/cache.js';
import { keyOf } from './cache/key.js';
import { modelFacts } from './model-facts.js';
import type { Measurement } from './result.js';

/** What stays the same for all measurements of a search. */
export interface MeasureContext {
  readonly original: string;
  readonly originalSha256: string;
  readonly dataset: Dataset;
  /** What tells this data and its split from another. */
  readonly dataKey: unknown;
  /** What tells this machine and its runtime from another. */
  readonly machineKey: unknown;
  readonly gates: readonly Gate[];
  readonly threads: number;
  readonly seed: number;
  readonly cache: Cache | undefined;
  readonly progress: Progress;
}

export interface MeasureTask {
  readonly artifact: string;
  readonly sha256: string;
  /** Names the part of the samples in the cache. */
  readonly part: 'search' | 'held-out';
  readonly samples: SampleSet;
  readonly timeMs: number;
  readonly signal: AbortSignal | undefined;
}

const stored = z.custom<Measurement>(
  (value) => typeof value === 'object' && value !== null && 'speedup' in value && 'gates' in value,
);

/**
 * Measures one artifact against the original, or finds that it was measured before on such a machine. A failure of the
 * artifact is part of the measurement.
 */
export async function measure(context: MeasureContext, task: MeasureTask): Promise<Measurement> {
  const { cache } = context;
  const key = keyOf({
    kind: 'measurement',
    original: context.originalSha256,
    artifact: task.sha256,
    data: context.dataKey,
    machine: context.machineKey,
    part: task.part,
    samples: task.samples.size,
    timeMs: task.timeMs,
    threads: context.threads,
    seed: context.seed,
    gates: context.gates.map(({ expr, level }) => [expr, level]),
  });
  const known = await cache?.read(key, stored);
  if (known !== undefined) return known;
  const result = await runBench({
    baseline: context.original,
    candidates: [task.artifact],
    openDataset: () => Promise.resolve({ ...context.dataset, evaluate: task.samples }),
    gates: context.gates,
    threads: context.threads,
    seed: context.seed,
    timeMs: task.timeMs,
    readFacts: modelFacts,
    progress: context.progress,
    ...(task.signal === undefined ? {} : { signal: task.signal }),
  });
  // What somebody stopped is no measurement.
  task.signal?.throwIfAborted();
  const measurement = measurementOf(result, task.timeMs);
  await cache?.write(key, measurement);
  return measurement;
}

function measurementOf(result: BenchResult, timeMs: number): Measurement {
  const [original, artifact] = result.artifacts;
  const { outputs, versus_baseline: versus } = artifact!;
  return {
    samples: result.dataset.samples,
    time_ms: timeMs,
    bytes: artifact!.bytes,
    size_ratio: artifact!.bytes / original!.bytes,
    latency_ms: artifact!.latency_ms?.p50 ?? null,
    original_ms: original!.latency_ms?.p50 ?? null,
    speedup: versus?.speedup ?? null,
    accuracy: artifact!.accuracy,
    drop: Object.fromEntries(
      Object.entries(versus?.drop ?? {}).map(([name, { value, ci95 }]) => [name, { value, ci95 }]),
    ),
    outputs:
      outputs === null
        ? null
        : {
            cosine: outputs.cosine,
            sqnr_db: outputs.sqnr_db,
            max_abs: outputs.max_abs,
            agreement: outputs.agreement,
          },
    gates: result.gates,
    error: artifact!.error,
  };
}
