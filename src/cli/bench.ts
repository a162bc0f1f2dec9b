import { runBench } from '../bench/bench.js';
import type { BenchResult } from '../bench/result.js';
import { openDataset } from '../data/dataset.js';
import { parseGate } from '../gates/parse.js';
import { externalFiles } from '../onnx/external-files.js';
import { readModel } from '../onnx/read.js';
import type { Progress } from '../progress.js';
import type { SplitFlag } from './options.js';

/** What the flags of `bench` say. */
export interface BenchWishes {
  readonly baseline: string;
  readonly candidates: readonly string[];
  readonly data?: string;
  readonly samples?: number;
  readonly split?: SplitFlag;
  readonly seed: number;
  readonly threads?: number;
  readonly gate?: readonly string[];
  readonly strict?: boolean;
  readonly batch?: readonly number[];
  readonly time?: number;
}

/** Joins the rooms that a bench needs. Gates are read first: a mistake there must not cost a measurement. */
export async function benchArtifacts(
  wishes: BenchWishes,
  work: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<BenchResult> {
  const gates = (wishes.gate ?? []).map(parseGate);
  const evaluate = wishes.samples ?? wishes.split?.evaluate;
  return runBench({
    baseline: wishes.baseline,
    candidates: wishes.candidates,
    openDataset: (inputs) =>
      openDataset(wishes.data, inputs, {
        seed: wishes.seed,
        split: { calibrate: wishes.split?.calibrate, evaluate },
      }),
    gates,
    seed: wishes.seed,
    strict: wishes.strict === true,
    ...(wishes.threads === undefined ? {} : { threads: wishes.threads }),
    ...(wishes.batch === undefined ? {} : { batches: wishes.batch }),
    ...(wishes.time === undefined ? {} : { timeMs: wishes.time }),
    readFacts: async (path) => {
      const model = await readModel(path);
      let nodes = 0;
      for (const graph of model.graphs()) nodes += [...graph.nodes()].length;
      return { nodes, files: externalFiles(model) };
    },
    ...work,
  });
}

/**
 * The exit status of a bench: 1 when a gate failed or could not be measured (or stayed inconclusive, with
 * `--strict`), 3 when an artifact could not be measured and no gate hung on it, else 0.
 */
export function benchStatus(result: Pick<BenchResult, 'gates' | 'artifacts' | 'settings'>): 0 | 1 | 3 {
  const bad = result.gates.some(
    ({ verdict }) =>
      verdict === 'fail' ||
      verdict === 'not-measured' ||
      (verdict === 'inconclusive' && result.settings.strict),
  );
  if (bad) return 1;
  return result.artifacts.some(({ error }) => error !== null) ? 3 : 0;
}
