import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InferOptError } from '../../errors.js';
import { silentProgress } from '../../progress.js';
import type { ModelProcessOptions } from '../../runtime/process/model-process.js';
import { Tensor } from '../../tensor/tensor.js';
import type { Manifest } from '../manifest.js';
import type { EngineRun } from './commands/job.js';
import { blockWarmUpMs, blockWords, loadOnceWords } from './commands/measure.js';
import { engineFacts, type EngineFacts, type EngineValue } from './engine-facts.js';
import { failureError } from './failures.js';
import { findTrtexec } from './find.js';
import { runSample, shapesOf, writeInputs } from './run-sample.js';
import { runTrtexec, type RunOutcome } from './run.js';
import { readLatencies } from './times.js';
import type { Trtexec } from './trtexec.js';
import { formatVersion, isAtLeast } from './version.js';

/** Starting trtexec and loading an engine takes seconds, and much longer where the GPU sleeps. */
const defaultTimeoutMs = 600_000;

interface Setting {
  readonly engine: string;
  readonly facts: EngineFacts;
  readonly trtexec: Trtexec;
  readonly folder: string;
  readonly options: ModelProcessOptions;
}

/**
 * A TensorRT engine as something to run and to time, each time by a run of trtexec. That costs seconds a call, of which
 * no time counts but that of the queries. Whoever opens one closes it.
 */
export class EngineProcess {
  readonly inputs: readonly EngineValue[];
  readonly outputs: readonly EngineValue[];
  /** What trtexec says of loading the engine; null where it says nothing. */
  readonly loadMs: number | null;
  readonly #setting: Setting;
  #samples: readonly { readonly run: EngineRun; readonly inputs: string }[] = [];
  #calls = 0;

  private constructor(setting: Setting, loadMs: number | null) {
    this.#setting = setting;
    this.loadMs = loadMs;
    this.inputs = setting.facts.inputs;
    this.outputs = setting.facts.outputs;
  }

  /**
   * Finds trtexec, and loads the engine once. Throws `environment` when there is none, when it is of another version
   * than the engine, or when the engine does not load.
   */
  static async open(
    engine: string,
    manifest: Manifest,
    options: ModelProcessOptions,
  ): Promise<EngineProcess> {
    const facts = engineFacts(engine, manifest);
    const trtexec = await findTrtexec({ signal: options.signal });
    checkVersion(engine, facts, trtexec);
    const folder = await mkdtemp(path.join(tmpdir(), 'infer-opt-engine-'));
    const setting = { engine, facts, trtexec, folder, options };
    try {
      const { log } = await must(setting, 'loading the engine', loadOnceWords(runOf(setting), engine));
      const { loadSeconds } = log;
      return new EngineProcess(setting, loadSeconds === undefined ? null : 1000 * loadSeconds);
    } catch (thrown) {
      await rm(folder, { recursive: true, force: true });
      throw thrown;
    }
  }

  /** One run. The numbers come as text from trtexec, in the types that the model gives. */
  async run(feeds: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>> {
    const { engine } = this.#setting;
    const folder = this.#place('run');
    const found = await runSample(runOf(this.#setting), feeds, {
      engine,
      folder,
      run: (words) => must(this.#setting, 'running the engine on a sample', words),
    });
    await rm(folder, { recursive: true, force: true });
    const outputs = new Map<string, Tensor>();
    for (const { name, dtype } of this.outputs) {
      const output = found.get(name);
      if (output !== undefined) outputs.set(name, Tensor.fromNumbers(dtype, output.dims, output.values));
    }
    return outputs;
  }

  /** Replaces the samples that are timed. */
  async setSamples(samples: readonly ReadonlyMap<string, Tensor>[]): Promise<void> {
    const run = runOf(this.#setting);
    const folder = this.#place('samples');
    this.#samples = await Promise.all(
      samples.map(async (inputs, index) => ({
        run: { ...run, at: shapesOf(run.profiles, inputs) },
        inputs: await writeInputs(run, inputs, path.join(folder, String(index))),
      })),
    );
  }

  /**
   * Milliseconds of each of `count` queries in a row on one of the samples, in a run of trtexec of its own: transfers of
   * inputs and outputs included, the warm-up left out.
   */
  async timeBlock(count: number, start: number): Promise<Float64Array> {
    const sample = this.#samples[start % this.#samples.length];
    if (sample === undefined)
      throw new InferOptError('internal', 'there is no sample to time the engine with');
    const times = `${this.#place('times')}.json`;
    const files = { engine: this.#setting.engine, times };
    await must(this.#setting, 'timing the engine', blockWords(sample.run, files, sample.inputs, count));
    const latencies = await readLatencies(times, blockWarmUpMs);
    await rm(times, { force: true });
    return latencies.slice(0, count);
  }

  /** trtexec answers one query after the other. Throws `usage` for more at a time. */
  concurrently(concurrency: number): Pick<EngineProcess, 'timeBlock'> {
    if (concurrency === 1) return this;
    throw new InferOptError('usage', `${this.#setting.engine} takes one request at a time`);
  }

  /** The memory of a GPU is not that of a process. */
  memory(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async close(): Promise<void> {
    await rm(this.#setting.folder, { recursive: true, force: true });
  }

  /** A path that no other call uses. */
  #place(what: string): string {
    return path.join(this.#setting.folder, `${what}-${(this.#calls += 1)}`);
  }
}

function runOf({ facts, trtexec }: Setting): EngineRun {
  const { device, extra, profiles } = facts;
  return { trtexec, intent: { device: device === 0 ? undefined : device, extra }, profiles };
}

async function must(
  { options, trtexec }: Setting,
  doing: string,
  words: readonly string[],
): Promise<RunOutcome> {
  const outcome = await runTrtexec({
    program: trtexec.path!,
    words,
    timeLimitMs: options.timeoutMs ?? defaultTimeoutMs,
    progress: silentProgress,
    label: doing,
    signal: options.signal,
  });
  if (outcome.succeeded) return outcome;
  throw failureError(outcome, doing);
}

/** An engine is for the version that built it, unless it was built to be for later ones of the same line. */
function checkVersion(engine: string, { version, versionCompatible }: EngineFacts, trtexec: Trtexec): void {
  const built = formatVersion(version);
  const here = formatVersion(trtexec.version);
  const isLater = version.major === trtexec.version.major && isAtLeast(trtexec.version, built);
  if (here === built || (versionCompatible && isLater)) return;
  throw new InferOptError(
    'environment',
    `${engine} was built by TensorRT ${built}, and trtexec here is ${here}`,
    {
      hint: 'build it anew with infer-opt compile --force, or name the other trtexec in TRTEXEC',
    },
  );
}
