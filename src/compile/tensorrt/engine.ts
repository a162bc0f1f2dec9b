import { stat } from 'node:fs/promises';
import path from 'node:path';
import { InferOptError } from '../../errors.js';
import { writeWhole } from '../../output-file.js';
import { silentProgress } from '../../progress.js';
import { withTemporaryFolder } from '../../runtime/temporary-folder.js';
import type { CompileRequest } from '../compiler.js';
import { measureAccuracy } from './accuracy.js';
import { buildWords } from './commands/build.js';
import type { EngineJob } from './commands/job.js';
import { loadOnceWords, measureWords, warmUpMs } from './commands/measure.js';
import { failureError, failureKind } from './failures.js';
import { readLayers } from './layers.js';
import type { EnginePlan } from './plan.js';
import { batchOf } from './profiles.js';
import type { EngineAccuracy, EngineLatency, EngineLayers } from './report.js';
import { runTrtexec, type RunOutcome } from './run.js';
import { readTrace } from './times.js';
import { withTimingCache } from './timing-cache.js';
import { isStronglyTyped, takes } from './trtexec.js';

/** An hour: the largest models take that long at the highest effort, and nothing takes longer that will end. */
export const defaultTimeLimitMs = 3_600_000;

export interface EngineFiles {
  /** What trtexec reads: the given model, or the mended one. */
  readonly model: string;
  readonly output: string;
  readonly log: string;
  readonly timingCache: string | undefined;
}

export interface BuiltEngine {
  readonly buildSeconds: number | undefined;
  readonly attempts: number;
  readonly layers: EngineLayers | undefined;
  readonly latency: EngineLatency | undefined;
  readonly accuracy: EngineAccuracy | undefined;
  readonly warnings: readonly string[];
}

/**
 * Builds an engine beside the output, proves that it loads and has the precision that was asked for, measures it, and
 * only then gives it its place. Throws `environment` (or what the failure is about) when any of that fails.
 */
export async function buildEngine(
  plan: EnginePlan,
  files: EngineFiles,
  request: CompileRequest,
): Promise<BuiltEngine> {
  const workshop = new Workshop(plan, files, request);
  return withTemporaryFolder((folder) => workshop.work(folder));
}

class Workshop {
  readonly #plan: EnginePlan;
  readonly #files: EngineFiles;
  readonly #request: CompileRequest;
  readonly #warnings: string[] = [];

  constructor(plan: EnginePlan, files: EngineFiles, request: CompileRequest) {
    this.#plan = plan;
    this.#files = files;
    this.#request = request;
  }

  async work(folder: string): Promise<BuiltEngine> {
    const { signal, measure } = this.#request;
    const { job } = this.#plan;
    const layersFile = path.join(folder, 'layers.json');
    let built: BuiltEngine | undefined;
    await writeWhole(
      this.#files.output,
      async (engine) => {
        const { outcome, attempts } = await this.#build(engine, layersFile, folder);
        const layers = takes(job.trtexec, '--exportLayerInfo')
          ? await readLayers(layersFile, job.precision)
          : undefined;
        this.#judge(layers);
        const isEmptyShell = job.intent.stripWeights === true;
        if (isEmptyShell)
          this.#warnings.push(
            'an engine without weights cannot be run before they are put in: it was not loaded',
          );
        const latency = isEmptyShell ? undefined : await this.#load(engine, folder, measure !== false);
        const accuracy = isEmptyShell ? undefined : await this.#compare(engine, folder);
        built = {
          buildSeconds: outcome.log.buildSeconds,
          attempts,
          layers,
          latency,
          accuracy,
          warnings: this.#warnings,
        };
      },
      { signal },
    );
    return built!;
  }

  /** Once more where another try can end otherwise: with less memory, or without a timing cache that does not fit. */
  async #build(
    engine: string,
    layers: string,
    folder: string,
  ): Promise<{ outcome: RunOutcome; attempts: number }> {
    const { model, timingCache } = this.#files;
    const { job } = this.#plan;
    return withTimingCache(timingCache, folder, async (cache) => {
      const attempt = (tried: EngineJob, timing: string | undefined): Promise<RunOutcome> =>
        this.#run('Building the engine', buildWords(tried, { model, engine, layers, timingCache: timing }));
      let outcome = await attempt(job, cache);
      let attempts = 1;
      if (!outcome.succeeded && !outcome.timedOut) {
        const again = this.#secondTry(outcome, cache);
        if (again !== undefined) {
          this.#warnings.push(again.why);
          outcome = await attempt(again.job, again.cache);
          attempts = 2;
        }
      }
      if (!outcome.succeeded) throw failureError(outcome, 'building the engine');
      if (!(await hasContent(engine))) {
        throw new InferOptError('environment', 'trtexec says that it passed, and wrote no engine', {
          hint: `the whole log is in ${this.#files.log}`,
        });
      }
      return { outcome, attempts };
    });
  }

  #secondTry(
    outcome: RunOutcome,
    cache: string | undefined,
  ): { job: EngineJob; cache: string | undefined; why: string } | undefined {
    const { job, gpu } = this.#plan;
    const kind = failureKind(outcome);
    if (kind === 'memory' && job.intent.workspaceMiB === undefined) {
      const workspaceMiB = gpu === undefined ? 1024 : Math.floor(gpu.memory_bytes / 2 ** 22);
      return {
        job: { ...job, intent: { ...job.intent, workspaceMiB } },
        cache,
        why: `the GPU's memory did not suffice: tried again with a workspace of ${workspaceMiB} MiB`,
      };
    }
    if (kind === 'timing-cache' && cache !== undefined && job.intent.lockedTimingCache !== true) {
      return { job, cache: undefined, why: 'the timing cache did not fit: tried again without it' };
    }
    return undefined;
  }

  /** An engine that silently computes in another precision is what all of this is for. */
  #judge(layers: EngineLayers | undefined): void {
    const { precision } = this.#plan.job;
    if (layers === undefined || layers.verified === null) {
      if (precision !== 'fp32')
        this.#warnings.push(
          `whether the engine computes in ${precision} is not known: trtexec tells nothing about its layers`,
        );
      return;
    }
    const found = Object.entries(layers.compute).map(([name, count]) => `${count} ${name}`);
    if (!layers.verified) {
      throw new InferOptError(
        'environment',
        `trtexec built an engine without a single ${precision} layer (${found.join(', ')}): it is not what was asked for`,
        {
          hint: isStronglyTyped(this.#plan.job.trtexec)
            ? `the graph must carry the precision: infer-opt quantize MODEL -o OUT --mode ${precision === 'int8' ? 'static --target tensorrt' : precision}`
            : `the GPU may have no fast ${precision} kernels; see the log ${this.#files.log}`,
        },
      );
    }
    const total = Object.values(layers.compute).reduce((sum, count) => sum + count, 0);
    const share = (layers.compute[precision] ?? 0) / total;
    if (precision !== 'fp32' && share < 0.5) {
      this.#warnings.push(
        `only ${layers.compute[precision] ?? 0} of ${total} computing layers are ${precision} (${found.join(', ')})`,
      );
    }
  }

  async #load(engine: string, folder: string, measure: boolean): Promise<EngineLatency | undefined> {
    const { job, model } = this.#plan;
    if (!measure) {
      await this.#must('loading the engine', 'Loading the engine', loadOnceWords(job, engine));
      return undefined;
    }
    const times = path.join(folder, 'times.json');
    const { log } = await this.#must('running the engine', 'Measuring', measureWords(job, { engine, times }));
    const trace = await readTrace(times, warmUpMs);
    const batch = batchOf(model, job.profiles[0]);
    const pinned = isStronglyTyped(job.trtexec) || takes(job.trtexec, '--useCudaGraph');
    this.#warnings.push(...log.figureWarnings.filter((line) => line.includes('unstable')));
    const theirs = log.summary?.computeMedianMs;
    if (theirs !== undefined && Math.abs(theirs / trace.compute.p50 - 1) > 0.05) {
      this.#warnings.push(
        `trtexec's own median is ${theirs} ms and that of its trace ${trace.compute.p50.toPrecision(4)} ms: the figures are not to be relied on`,
      );
    }
    // The trace ends with the last transfer; trtexec's own figure counts the time until it noticed.
    const queriesPerSecond = log.summary?.queriesPerSecond ?? trace.queriesPerSecond;
    return {
      compute_ms: trace.compute,
      latency_ms: trace.latency,
      queries: trace.queries,
      queries_per_s: queriesPerSecond,
      samples_per_s: queriesPerSecond * batch,
      batch,
      method: { cuda_graph: pinned, spin_wait: pinned, transfers: false },
      warnings: log.figureWarnings,
    };
  }

  async #compare(engine: string, folder: string): Promise<EngineAccuracy | undefined> {
    const { dataset, job } = this.#plan;
    if (dataset === undefined) return undefined;
    const { signal, progress = silentProgress } = this.#request;
    return measureAccuracy(job, {
      model: this.#request.model,
      engine,
      dataset,
      folder,
      progress,
      signal,
      run: async (words) => {
        await this.#must('running the engine on a sample', 'Running a sample', words);
      },
    });
  }

  async #must(doing: string, label: string, words: readonly string[]): Promise<RunOutcome> {
    const outcome = await this.#run(label, words);
    if (outcome.succeeded) return outcome;
    throw failureError(outcome, doing);
  }

  #run(label: string, words: readonly string[]): Promise<RunOutcome> {
    const { progress = silentProgress, signal } = this.#request;
    const { trtexec, intent } = this.#plan.job;
    return runTrtexec({
      program: trtexec.path!,
      words,
      logFile: this.#files.log,
      timeLimitMs: intent.timeLimitMs ?? defaultTimeLimitMs,
      progress,
      label,
      signal,
    });
  }
}

async function hasContent(file: string): Promise<boolean> {
  return stat(file).then(
    ({ size }) => size > 0,
    () => false,
  );
}
