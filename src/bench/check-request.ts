import type { Dataset } from '../data/types.js';
import { InferOptError } from '../errors.js';
import type { Gate } from '../gates/gate.js';
import type { Artifact } from './artifact.js';
import type { BenchSettings } from './result.js';
import type { StoredBaseline } from './stored/stored-baseline.js';

/** Gates that compare outputs with the baseline's, which no stored baseline holds. */
const ofOutputs = ['agreement', 'cosine', 'sqnr_db', 'max_abs', 'kl'];

/** Throws `usage` when a gate asks for what will not be measured, before any model is opened. */
export function checkGates(
  gates: readonly Gate[],
  candidates: number,
  settings: BenchSettings,
  stored: StoredBaseline | undefined,
): void {
  const relative = candidates === 0 ? gates.find((gate) => gate.relative) : undefined;
  if (relative) {
    throw new InferOptError(
      'usage',
      `gate '${relative.expr}' compares with the baseline, and there is no candidate`,
      { hint: 'name a candidate behind the baseline' },
    );
  }
  const outputs = stored ? gates.find(({ metric }) => ofOutputs.includes(metric)) : undefined;
  if (outputs) {
    throw new InferOptError(
      'usage',
      `gate '${outputs.expr}' compares outputs, and a stored baseline holds none`,
      { hint: 'name the baseline itself instead of --against' },
    );
  }
  const scenarios = { 'server.rate': 'server', 'throughput.best': 'offline' } as const;
  for (const { metric, expr } of gates) {
    const needed = scenarios[metric as 'server.rate'];
    if ((needed as string | undefined) !== undefined && needed !== settings.scenario) {
      throw new InferOptError('usage', `gate '${expr}' needs --scenario ${needed}`);
    }
  }
  if (stored && settings.threads !== stored.settings.threads) {
    throw new InferOptError(
      'usage',
      `the stored baseline was measured with ${stored.settings.threads} threads, and this is about ${settings.threads}`,
      { hint: `give --threads ${stored.settings.threads}` },
    );
  }
  if (stored && settings.concurrency !== stored.settings.concurrency) {
    throw new InferOptError(
      'usage',
      `the stored baseline was measured with ${stored.settings.concurrency} requests in flight, not ${settings.concurrency}`,
      { hint: `give --concurrency ${stored.settings.concurrency}` },
    );
  }
}

/** Throws `usage` when an artifact that another tool runs would have to answer several requests at a time. */
export function checkForeign(artifacts: readonly Artifact[], settings: BenchSettings): void {
  const foreign = artifacts.find(({ isForeign }) => isForeign);
  if (foreign === undefined || (settings.scenario !== 'server' && settings.concurrency === 1)) return;
  const what = settings.scenario === 'server' ? '--scenario server' : '--concurrency';
  throw new InferOptError(
    'usage',
    `${foreign.path} takes one request at a time, so there is no ${what} for it`,
    {
      hint: 'measure it with --scenario single or offline; the server that it is for tells the rest',
    },
  );
}

/** Throws `data` or `usage` when there is nothing to measure with, or no labels for what is asked. */
export function checkData(dataset: Dataset, gates: readonly Gate[]): void {
  if (dataset.evaluate.size === 0) {
    throw new InferOptError('data', `${dataset.name} has no samples to evaluate`, {
      hint: 'leave some with --split evaluate=N',
    });
  }
  const labelled = dataset.labelled ? undefined : gates.find((gate) => gate.labelled);
  if (labelled) {
    throw new InferOptError('usage', `gate '${labelled.expr}' needs labels, and ${dataset.name} has none`, {
      hint: 'name them in the dataset file (labels:), or gate agreement instead',
    });
  }
}
