import { runBench } from '../bench/bench.js';
import type { BenchResult } from '../bench/result.js';
import { openDataset, type DatasetOptions } from '../data/dataset.js';
import type { Gate } from '../gates/gate.js';
import { parseGate } from '../gates/parse.js';
import type { Progress } from '../progress.js';
import { modelFacts } from './model-facts.js';

export interface BenchArtifactsRequest {
  readonly baseline: string;
  readonly candidates?: readonly string[] | undefined;
  /** Dataset file or source; seeded inputs without. */
  readonly data?: string | undefined;
  readonly dataset?: DatasetOptions | undefined;
  /** Expressions, or gates that were read from them. */
  readonly gates?: readonly (string | Gate)[] | undefined;
  readonly strict?: boolean | undefined;
  readonly batches?: readonly number[] | undefined;
  /** Time for all latencies together, in ms. */
  readonly timeMs?: number | undefined;
  readonly threads?: number | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measures artifacts against a baseline on the evaluation samples of a dataset and judges gates: `infer-opt bench` as a
 * function. Throws `usage`, `model` or `data` as `runBench` does.
 */
export async function bench(request: BenchArtifactsRequest): Promise<BenchResult> {
  const { baseline, candidates = [], data, dataset, gates = [], strict, batches, timeMs, threads } = request;
  const read = gates.map((gate) => (typeof gate === 'string' ? parseGate(gate) : gate));
  return runBench({
    baseline,
    candidates,
    openDataset: (inputs) => openDataset(data, inputs, dataset),
    gates: read,
    strict: strict === true,
    seed: dataset?.seed ?? 1,
    readFacts: modelFacts,
    ...(batches === undefined ? {} : { batches }),
    ...(timeMs === undefined ? {} : { timeMs }),
    ...(threads === undefined ? {} : { threads }),
    ...(request.progress === undefined ? {} : { progress: request.progress }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
}
