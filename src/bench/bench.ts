import type { Dataset, InputSpec } from '../data/types.js';
import { InferOptError, messageOf } from '../errors.js';
import type { Gate } from '../gates/gate.js';
import { silentProgress, type Progress } from '../progress.js';
import { thisTool } from '../tool.js';
import { measureAccuracy } from './accuracy.js';
import { checkFile, type ModelFacts } from './artifact-file.js';
import { Artifact } from './artifact.js';
import { assemble } from './assemble.js';
import { checkData, checkForeign, checkGates } from './check-request.js';
import { readEnvironment } from './environment.js';
import { labelOf, type ServerAddress } from './kserve/served-model.js';
import type { LabelMetric } from './metrics/metric.js';
import { openArtifacts } from './open-artifacts.js';
import type { Opening } from './opening.js';
import { ReferenceMeter } from './reference-load.js';
import type {
  Against,
  BenchEnvironment,
  BenchResult,
  BenchSettings,
  KernelSummary,
  OperatorTime,
  Scenario,
} from './result.js';
import { measureServer } from './server/measure-server.js';
import type { LatencyLimit } from './server/search.js';
import { differencesOf, referenceRatio } from './stored/differences.js';
import { restoreBaseline, storeBaseline } from './stored/restore.js';
import type { StoredBaseline } from './stored/stored-baseline.js';
import { timeArtifacts } from './time-artifacts.js';

export interface BenchRequest {
  /** The model that candidates are compared with; with `against` it is a candidate itself. */
  readonly baseline: string;
  readonly candidates: readonly string[];
  /** A baseline of an earlier run instead of one that is measured now. */
  readonly against?: {
    readonly file: string;
    readonly stored: StoredBaseline;
    readonly otherMachine: boolean;
  };
  /** A server whose model is one more candidate. */
  readonly server?: ServerAddress;
  /** Opens the data for a model that takes these inputs. */
  readonly openDataset: (inputs: readonly InputSpec[]) => Promise<Dataset>;
  readonly gates?: readonly Gate[];
  /** Metrics beside those of the dataset's task. */
  readonly extraMetrics?: readonly LabelMetric[];
  readonly scenario?: Scenario;
  /** What `server` has to meet. */
  readonly limit?: LatencyLimit;
  /** Threads inside an operator; 1 unless said otherwise. */
  readonly threads?: number;
  /** Requests in flight at a time; 1 unless said otherwise. */
  readonly concurrency?: number;
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
  /** Tells how an artifact wants to be opened; undefined for a plain model. */
  readonly openingOf?: (path: string) => Promise<Opening | undefined>;
  /** Tells which kernels the runtime chooses for a model. */
  readonly describeKernels?: (path: string) => Promise<KernelSummary>;
  /** Tells where the time of a run goes. */
  readonly timeOperators?: (path: string) => Promise<OperatorTime[]>;
  /** When aborted, give what was measured by then (`interrupted: true`) instead of throwing, if there is anything. */
  readonly keepInterrupted?: boolean;
  /** Gets what a later run needs to compare with the first model that was measured. */
  readonly onStored?: (stored: StoredBaseline) => void;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

const defaultTimeMs = 20_000;
const offlineBatches = [1, 2, 4, 8, 16, 32];

/**
 * Measures candidates against a baseline: outputs and accuracy on the evaluation samples, then latencies in turns, each
 * model in a process of its own. A candidate that fails is recorded with its error and the others are measured. Throws
 * `usage`, `model` or `data` when a file is absent, a gate asks for what cannot be there, the baseline cannot run or
 * the data does not fit it.
 */
export async function runBench(request: BenchRequest): Promise<BenchResult> {
  const { gates = [], against, server, signal } = request;
  const paths = [request.baseline, ...request.candidates];
  const artifacts = against
    ? [restoreBaseline(against.stored), ...paths.map((path) => new Artifact(path, 'candidate'))]
    : paths.map((path, i) => new Artifact(path, i === 0 ? 'baseline' : 'candidate'));
  if (server !== undefined) artifacts.push(new Artifact(labelOf(server), 'candidate', { address: server }));
  for (const path of paths) await checkFile(path);
  const settings = settingsOf(request);
  checkGates(gates, artifacts.length - 1, settings, against?.stored);
  if (settings.scenario === 'server' && !request.limit) {
    throw new InferOptError('usage', 'the server scenario needs a limit of the latency', {
      hint: "give one: --slo 'p99 <= 20ms'",
    });
  }
  const run = new BenchRun(request, artifacts, settings);
  try {
    await run.measure();
  } catch (thrown) {
    if (signal?.aborted !== true || request.keepInterrupted !== true || !run.knowsSomething) throw thrown;
    run.interrupted = true;
  } finally {
    await Promise.all(artifacts.flatMap(({ subject }) => subject?.process.close() ?? []));
  }
  return run.result();
}

function settingsOf(request: BenchRequest): BenchSettings {
  const { scenario = 'single', limit } = request;
  const batches = request.batches ?? (scenario === 'offline' ? offlineBatches : [1]);
  return {
    scenario,
    threads: request.threads ?? 1,
    concurrency: request.concurrency ?? 1,
    slo: limit ? `${limit.metric} <= ${limit.limitMs}ms` : null,
    seed: request.seed ?? 1,
    batches: [...batches],
    strict: request.strict ?? false,
    time_ms: (request.timeMs ?? defaultTimeMs) / batches.length,
  };
}

/** One bench under way, and what it knows so far. */
class BenchRun {
  interrupted = false;
  readonly #request: BenchRequest;
  readonly #artifacts: readonly Artifact[];
  readonly #settings: BenchSettings;
  readonly #warnings: string[] = [];
  readonly #measuredAt = new Date();
  readonly #meter = new ReferenceMeter();
  #dataset: Dataset | undefined;
  #environment: BenchEnvironment | undefined;
  #against: Against | null = null;
  #referenceRatio = 1;

  constructor(request: BenchRequest, artifacts: readonly Artifact[], settings: BenchSettings) {
    this.#request = request;
    this.#artifacts = artifacts;
    this.#settings = settings;
  }

  get knowsSomething(): boolean {
    return (
      this.#dataset !== undefined &&
      this.#artifacts.some(
        ({ stored, accuracy, times }) => !stored && (accuracy !== undefined || times.length > 0),
      )
    );
  }

  async measure(): Promise<void> {
    const { gates = [], openDataset, signal, progress = silentProgress } = this.#request;
    const environment = await readEnvironment();
    for (let i = 0; i < 8; i++) this.#meter.sample();
    this.#compareCircumstances({ ...environment, reference: this.#meter.result() });
    const { readFacts, openingOf, timeoutMs } = this.#request;
    const { threads } = this.#settings;
    const opening = { threads, readFacts, openingOf, timeoutMs, progress, signal };
    const first = await openArtifacts(this.#artifacts, opening);
    checkForeign(this.#artifacts, this.#settings);
    this.#dataset = await openDataset(first.process.inputs);
    checkData(this.#dataset, gates);
    this.#checkStoredAnswers(this.#dataset);
    await this.#compareOutputs(this.#dataset, progress);
    await this.#time(this.#dataset, progress);
    for (const artifact of this.#artifacts) {
      await artifact.attempt(async () => {
        artifact.peakMemory = (await artifact.subject?.process.memory())?.peakRss ?? artifact.peakMemory;
      });
    }
    await Promise.all(this.#artifacts.flatMap(({ subject }) => subject?.process.close() ?? []));
    await this.#readKernels();
  }

  async result(): Promise<BenchResult> {
    const { gates = [], onStored } = this.#request;
    const environment = {
      ...(this.#environment ?? (await readEnvironment())),
      reference: this.#meter.result(),
    };
    const measured = {
      tool: thisTool(),
      measuredAt: this.#measuredAt,
      environment,
      settings: this.#settings,
      dataset: this.#dataset!,
      artifacts: this.#artifacts,
      gates,
      warnings: this.#warnings,
      against: this.#against,
      referenceRatio: this.#referenceRatio,
      interrupted: this.interrupted,
    };
    if (!this.interrupted) onStored?.(storeBaseline(measured));
    return assemble(measured);
  }

  /** Throws `usage` on another machine than the stored baseline's, unless that was allowed. */
  #compareCircumstances(environment: BenchEnvironment): void {
    this.#environment = environment;
    const { against } = this.#request;
    if (!against) return;
    const { machine, notes } = differencesOf(against.stored, environment);
    if (machine.length > 0 && !against.otherMachine) {
      throw new InferOptError(
        'usage',
        `${against.file} was measured on another machine: ${machine.join('; ')}`,
        {
          hint: 'measure the baseline on this one, or allow it with --allow-other-machine',
        },
      );
    }
    const differences = [...machine, ...notes];
    this.#against = { file: against.file, measured_at: against.stored.measured_at, differences };
    this.#referenceRatio = referenceRatio(against.stored, environment) ?? 1;
    this.#warnings.push(...differences.map((line) => `against ${against.file}: ${line}`));
  }

  /** Answers to other samples cannot be compared: they are left out. */
  #checkStoredAnswers(dataset: Dataset): void {
    const { against } = this.#request;
    if (!against || against.stored.dataset.sha256 === dataset.sha256) return;
    this.#warnings.push(
      `against ${against.file}: it was measured on other data, so accuracy is not compared`,
    );
    this.#artifacts[0]!.accuracy = undefined;
  }

  async #compareOutputs(dataset: Dataset, progress: Progress): Promise<void> {
    const { signal, extraMetrics = [] } = this.#request;
    const running = this.#artifacts.filter(({ error, stored }) => !error && !stored);
    const results = await measureAccuracy(
      running.flatMap(({ subject }) => subject ?? []),
      {
        samples: dataset.evaluate,
        labelled: dataset.labelled,
        task: dataset.task,
        extraMetrics,
        state: dataset.state,
        progress,
        ...(signal ? { signal } : {}),
      },
    );
    running.forEach((artifact, i) => {
      const result = results[i]!;
      artifact.accuracy = result;
      if (result.error && signal?.aborted !== true) artifact.failed(result.error);
    });
    signal?.throwIfAborted();
  }

  async #time(dataset: Dataset, progress: Progress): Promise<void> {
    const { gates = [], signal, limit, timeMs } = this.#request;
    const { batches, scenario } = this.#settings;
    // The search of rates needs the time of a request first, and the rest of the time itself.
    const settings =
      scenario === 'server' ? { ...this.#settings, time_ms: this.#settings.time_ms * 0.2 } : this.#settings;
    for (const batch of batches) {
      await timeArtifacts(this.#artifacts, {
        batch,
        settings,
        samples: dataset.evaluate,
        gates: batch === batches[0] ? gates : [],
        timeIsHard: timeMs !== undefined,
        warnings: this.#warnings,
        progress,
        signal,
        betweenRounds: () => this.#meter.sample(),
        referenceRatio: this.#referenceRatio,
      });
      signal?.throwIfAborted();
    }
    if (scenario !== 'server' || !limit) return;
    await measureServer(this.#artifacts, {
      settings: { ...this.#settings, time_ms: this.#settings.time_ms * 0.8 },
      limit,
      samples: dataset.evaluate,
      progress,
      signal,
    });
  }

  async #readKernels(): Promise<void> {
    const { describeKernels, timeOperators, signal } = this.#request;
    for (const artifact of this.#artifacts) {
      if (artifact.error || artifact.stored || artifact.isForeign || artifact.address) continue;
      signal?.throwIfAborted();
      try {
        artifact.kernels = (await describeKernels?.(artifact.path)) ?? null;
        artifact.operators = (await timeOperators?.(artifact.path)) ?? null;
      } catch (thrown) {
        this.#warnings.push(`${artifact.path}: its kernels could not be read: ${messageOf(thrown)}`);
      }
    }
  }
}
