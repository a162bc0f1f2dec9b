import type { Dataset, InputSpec } from '../data/types.js';
import { InferOptError, messageOf } from '../errors.js';
import type { Gate } from '../gates/gate.js';
import { silentProgress, type Progress } from '../progress.js';
import { thisTool } from '../tool.js';
import { measureAccuracy } from './accuracy.js';
import { checkFile, readArtifactFile, type ModelFacts } from './artifact-file.js';
import { Artifact } from './artifact.js';
import { assemble } from './assemble.js';
import { readEnvironment } from './environment.js';
import { timeArtifacts } from './time-artifacts.js';
import type { BenchResult, BenchSettings, KernelSummary, OperatorTime } from './result.js';
import { checkInterfaces, type Subject } from './subject.js';

export interface BenchRequest {
  readonly baseline: string;
  readonly candidates: readonly string[];
  /** Opens the data for a model that takes these inputs. */
  readonly openDataset: (inputs: readonly InputSpec[]) => Promise<Dataset>;
  readonly gates?: readonly Gate[];
  /** Threads inside an operator; 1 unless said otherwise. */
  readonly threads?: number;
  readonly seed?: number;
  /** Batch sizes; gates and comparisons hold for the first. */
  readonly batches?: readonly number[];
  /**
   * Time for all latencies together, in ms. Without it 20 s, or as long as the gates' sample counts need; with it no longer.
   */
  readonly timeMs?: number;
  readonly strict?: boolean;
  /** How long one request to a model may take before it counts as hung, in ms. */
  readonly timeoutMs?: number;
  /** Reads a model without running it: number of nodes, external data. */
  readonly readFacts?: (path: string) => Promise<ModelFacts>;
  /** Tells which kernels the runtime chooses for a model. */
  readonly describeKernels?: (path: string) => Promise<KernelSummary>;
  /** Tells where the time of a run goes. */
  readonly timeOperators?: (path: string) => Promise<OperatorTime[]>;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

const defaultTimeMs = 20_000;

/**
 * Measures candidates against a baseline: outputs and accuracy on the evaluation samples, then latencies in turns, each
 * model in a process of its own. A candidate that fails is recorded with its error and the others are measured. Throws
 * `usage`, `model` or `data` when a file is absent, a gate asks for what cannot be there, the baseline cannot run or
 * the data does not fit it.
 */
export async function runBench(request: BenchRequest): Promise<BenchResult> {
  const { gates = [], batches = [1], signal, progress = silentProgress } = request;
  const artifacts = [
    new Artifact(request.baseline, 'baseline'),
    ...request.candidates.map((path) => new Artifact(path, 'candidate')),
  ];
  for (const { path } of artifacts) await checkFile(path);
  checkRelativeGates(gates, request.candidates.length);
  const settings: BenchSettings = {
    scenario: 'single',
    threads: request.threads ?? 1,
    seed: request.seed ?? 1,
    batches: [...batches],
    strict: request.strict ?? false,
    time_ms: (request.timeMs ?? defaultTimeMs) / batches.length,
  };
  const warnings: string[] = [];
  const measuredAt = new Date();
  try {
    const baseline = await openAll(artifacts, settings, request);
    const dataset = await request.openDataset(baseline.process.inputs);
    checkData(dataset, gates);
    await compareOutputs(artifacts, dataset, progress, signal);
    for (const batch of batches) {
      const first = batch === batches[0];
      await timeArtifacts(artifacts, {
        batch,
        settings,
        samples: dataset.evaluate,
        gates: first ? gates : [],
        timeIsHard: request.timeMs !== undefined,
        warnings,
        progress,
        signal,
      });
    }
    for (const artifact of artifacts) {
      await artifact.attempt(async () => {
        artifact.peakMemory = (await artifact.subject?.process.memory())?.peakRss ?? null;
      });
    }
    await closeAll(artifacts);
    await readKernels(artifacts, request, warnings);
    const environment = await readEnvironment();
    return assemble({
      tool: thisTool(),
      measuredAt,
      environment,
      settings,
      dataset,
      artifacts,
      gates,
      warnings,
    });
  } finally {
    await closeAll(artifacts);
  }
}

function checkRelativeGates(gates: readonly Gate[], candidates: number): void {
  const relative = candidates === 0 ? gates.find((gate) => gate.relative) : undefined;
  if (relative) {
    throw new InferOptError(
      'usage',
      `gate '${relative.expr}' compares with the baseline, and there is no candidate`,
      {
        hint: 'name a candidate behind the baseline',
      },
    );
  }
}

function checkData(dataset: Dataset, gates: readonly Gate[]): void {
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

/** Opens one model after the other, so that load times are their own; gives the baseline. */
async function openAll(
  artifacts: readonly Artifact[],
  settings: BenchSettings,
  request: BenchRequest,
): Promise<Subject> {
  const step = (request.progress ?? silentProgress).start('Opening models', artifacts.length);
  try {
    for (const artifact of artifacts) {
      step.note(artifact.path);
      const facts = await request.readFacts?.(artifact.path).catch(() => undefined);
      artifact.nodes = facts?.nodes ?? null;
      artifact.file = await readArtifactFile(artifact.path, facts?.files ?? []);
      await artifact.open({
        threads: settings.threads,
        ...(request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs }),
        ...(request.signal ? { signal: request.signal } : {}),
      });
      step.advance();
    }
  } finally {
    step.done();
  }
  const baseline = artifacts[0]?.subject;
  if (!baseline) throw new InferOptError('internal', 'the baseline is not open');
  for (const artifact of artifacts.slice(1)) {
    await artifact.attempt(() => {
      if (artifact.subject) checkInterfaces(baseline, artifact.subject);
    });
  }
  return baseline;
}

async function compareOutputs(
  artifacts: readonly Artifact[],
  dataset: Dataset,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<void> {
  const running = artifacts.filter(({ error }) => !error);
  const results = await measureAccuracy(
    running.flatMap(({ subject }) => subject ?? []),
    {
      samples: dataset.evaluate,
      labelled: dataset.labelled,
      task: dataset.task,
      state: dataset.state,
      progress,
      ...(signal ? { signal } : {}),
    },
  );
  running.forEach((artifact, i) => {
    const result = results[i]!;
    artifact.accuracy = result;
    if (result.error) artifact.failed(result.error);
  });
}

async function readKernels(
  artifacts: readonly Artifact[],
  request: BenchRequest,
  warnings: string[],
): Promise<void> {
  for (const artifact of artifacts) {
    if (artifact.error) continue;
    request.signal?.throwIfAborted();
    try {
      artifact.kernels = (await request.describeKernels?.(artifact.path)) ?? null;
      artifact.operators = (await request.timeOperators?.(artifact.path)) ?? null;
    } catch (thrown) {
      warnings.push(`${artifact.path}: its kernels could not be read: ${messageOf(thrown)}`);
    }
  }
}

async function closeAll(artifacts: readonly Artifact[]): Promise<void> {
  await Promise.all(artifacts.flatMap(({ subject }) => subject?.process.close() ?? []));
}
