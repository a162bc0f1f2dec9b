import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { runBench } from '../bench/bench.js';
import type { Protocol, ServerAddress } from '../bench/kserve/served-model.js';
import { loadDecode } from '../bench/metrics/decode.js';
import type { LabelMetric } from '../bench/metrics/metric.js';
import { loadOwnMetric } from '../bench/metrics/own.js';
import type { BenchResult, KernelSummary, OperatorTime, Scenario } from '../bench/result.js';
import { median } from '../bench/statistics/percentile.js';
import { readStoredBaseline, type StoredBaseline } from '../bench/stored/stored-baseline.js';
import { openingOf } from '../compile/opening.js';
import { openDataset, type Dataset } from '../data/dataset.js';
import { InferOptError, readableReason } from '../errors.js';
import type { Gate } from '../gates/gate.js';
import { parseGatesFile } from '../gates/gates-file.js';
import { parseGate } from '../gates/parse.js';
import { externalFiles } from '../onnx/external-files.js';
import { readModel } from '../onnx/read.js';
import { checkOutputFile, writeWhole } from '../output-file.js';
import type { Progress } from '../progress.js';
import { humanBytes, humanCount } from '../report/humanize.js';
import { describeKernels } from '../runtime/kernels.js';
import { profileModel } from '../runtime/profile.js';
import { parseSlo } from '../serve/plan/objective.js';
import { Tensor } from '../tensor/tensor.js';
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
  readonly gatesFile?: string;
  readonly scenario: Scenario;
  readonly slo?: string;
  readonly concurrency?: number;
  readonly metric?: string;
  readonly decode?: string;
  readonly batch?: readonly number[];
  readonly time?: number;
  readonly against?: string;
  readonly allowOtherMachine?: boolean;
  readonly saveBaseline?: string;
  readonly server?: string;
  readonly protocol?: Protocol;
  readonly serverModel?: string;
}

/** Joins the rooms that a bench needs. Gates are read first: a mistake there must not cost a measurement. */
export async function benchArtifacts(
  wishes: BenchWishes,
  work: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<BenchResult> {
  const gates = [...(await gatesIn(wishes.gatesFile)), ...(wishes.gate ?? []).map(parseGate)];
  const limit = wishes.slo === undefined ? undefined : parseSlo(wishes.slo);
  const { against, saveBaseline } = wishes;
  const stored =
    against === undefined
      ? undefined
      : readStoredBaseline(await textOf(against, 'the file of --against'), against);
  if (saveBaseline !== undefined) {
    await checkOutputFile(saveBaseline, [wishes.baseline, ...wishes.candidates]);
  }
  const extraMetrics: LabelMetric[] = [];
  if (wishes.decode !== undefined) extraMetrics.push(await loadDecode(wishes.decode));
  if (wishes.metric !== undefined) extraMetrics.push(await loadOwnMetric(wishes.metric));
  else {
    const own = gates.find(({ metric }) => metric.startsWith('score'));
    if (own) {
      throw new InferOptError('usage', `gate '${own.expr}' needs --metric FILE, which computes the score`);
    }
  }
  let toStore: StoredBaseline | undefined;
  const evaluate = wishes.samples ?? wishes.split?.evaluate;
  let dataset: Dataset | undefined;
  const kernelWarnings: string[] = [];
  const result = await runBench({
    baseline: wishes.baseline,
    candidates: wishes.candidates,
    openDataset: async (inputs) => {
      dataset = await openDataset(wishes.data, inputs, {
        seed: wishes.seed,
        split: { calibrate: wishes.split?.calibrate, evaluate },
      });
      return dataset;
    },
    gates,
    seed: wishes.seed,
    strict: wishes.strict === true,
    scenario: wishes.scenario,
    extraMetrics,
    keepInterrupted: true,
    onStored: (baseline) => {
      toStore = baseline;
    },
    ...(wishes.server === undefined ? {} : { server: addressOf(wishes.server, wishes) }),
    ...(limit ? { limit } : {}),
    ...(stored && against !== undefined
      ? { against: { file: against, stored, otherMachine: wishes.allowOtherMachine === true } }
      : {}),
    ...(wishes.concurrency === undefined ? {} : { concurrency: wishes.concurrency }),
    ...(wishes.threads === undefined ? {} : { threads: wishes.threads }),
    ...(wishes.batch === undefined ? {} : { batches: wishes.batch }),
    ...(wishes.time === undefined ? {} : { timeMs: wishes.time }),
    readFacts: async (path) => {
      const model = await readModel(path);
      let nodes = 0;
      for (const graph of model.graphs()) nodes += [...graph.nodes()].length;
      return { nodes, files: externalFiles(model) };
    },
    openingOf,
    describeKernels: async (path) => {
      const { kernels, warnings } = await kernelsOf(path, dataset);
      kernelWarnings.push(...warnings);
      return kernels;
    },
    timeOperators: (path) => operatorsOf(path, dataset, wishes.threads ?? 1),
    ...work,
  });
  if (saveBaseline !== undefined && toStore !== undefined) {
    const text = `${JSON.stringify(toStore)}\n`;
    await writeWhole(saveBaseline, (temporary) => writeFile(temporary, text), { signal: work.signal });
  }
  return { ...result, warnings: [...result.warnings, ...kernelWarnings] };
}

/** Throws `usage` for an address that no request can be sent to. */
function addressOf(
  server: string,
  { protocol = 'http', serverModel, baseline }: Pick<BenchWishes, 'protocol' | 'serverModel' | 'baseline'>,
): ServerAddress {
  const text = /^[a-z]+:\/\//i.test(server) ? server.replace(/^grpc(s?):/i, 'http$1:') : `http://${server}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '') {
    throw new InferOptError('usage', `--server ${server} is no address of a server`, {
      hint: 'write it as http://localhost:8000 (HTTP) or localhost:8001 with --protocol grpc',
    });
  }
  return { url, protocol, model: serverModel ?? basename(baseline).replace(/\.onnx$/i, '') };
}

async function gatesIn(file: string | undefined): Promise<Gate[]> {
  return file === undefined ? [] : parseGatesFile(await textOf(file, 'the file of gates'), file);
}

async function textOf(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new InferOptError('usage', `${path}: ${what} cannot be read: ${readableReason(thrown)}`);
  }
}

/** The kernels that the runtime chooses for a model, for the shapes of the first sample. */
async function kernelsOf(
  path: string,
  dataset: Dataset | undefined,
): Promise<{ kernels: KernelSummary; warnings: readonly string[] }> {
  const report = await describeKernels(path, await firstFeeds(path, dataset));
  const { integer, float, integer_share_of_macs, dequantized_weights, left_float, unmapped, unmapped_macs } =
    report;
  return {
    kernels: {
      integer,
      float,
      integer_share_of_macs,
      dequantized_weights: dequantized_weights.length,
      left_float: [...left_float],
    },
    warnings: [
      ...report.warnings,
      ...dequantized_weights.map(
        ({ name, node, bytes }) =>
          `the weight ${name} (${humanBytes(bytes)}) is dequantized for ${node} at every run`,
      ),
      ...(unmapped.length === 0
        ? []
        : [
            `${humanCount(unmapped_macs)} MACs of ${unmapped.length} nodes could not be traced to a kernel: ` +
              unmapped.map(({ node }) => node).join(', '),
          ]),
    ].map((warning) => `${path}: ${warning}`),
  };
}

/** The first sample in the types that the model takes: a half-precision artifact gets the same numbers in its own. */
async function firstFeeds(path: string, dataset: Dataset | undefined): Promise<Map<string, Tensor>> {
  const model = await readModel(path);
  const sample = await dataset?.evaluate.get(0);
  const feeds = new Map<string, Tensor>();
  for (const { name, type } of model.graph.inputs) {
    const tensor = sample?.inputs.get(name);
    if (tensor === undefined || type?.kind !== 'tensor') continue;
    feeds.set(
      name,
      tensor.dtype === type.dtype ? tensor : Tensor.fromNumbers(type.dtype, tensor.dims, tensor.toNumbers()),
    );
  }
  return feeds;
}

/** The first run is the cold one and does not count. */
const profiledRuns = 12;

/** Time by operator type, from the runtime's profiler on the first sample. */
async function operatorsOf(
  path: string,
  dataset: Dataset | undefined,
  threads: number,
): Promise<OperatorTime[]> {
  const feeds = await firstFeeds(path, dataset);
  const byOp = new Map<string, OperatorTime>();
  for (const { opType, timesUs } of await profileModel(path, feeds, { runs: profiledRuns, threads })) {
    const calls = timesUs.length / profiledRuns;
    const operator = byOp.get(opType) ?? { op: opType, kernels: 0, ms: 0 };
    operator.kernels++;
    operator.ms += (median(timesUs.slice(Math.round(calls))) * calls) / 1000;
    byOp.set(opType, operator);
  }
  return [...byOp.values()].sort((a, b) => b.ms - a.ms);
}
