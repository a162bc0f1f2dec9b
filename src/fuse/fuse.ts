import { stat } from 'node:fs/promises';
import type { Model } from '../ir/model.js';
import { rememberInput } from '../onnx/input-file.js';
import { loadModel } from '../onnx/load.js';
import { writeModel } from '../onnx/write-file.js';
import { checkOutputFile } from '../output-file.js';
import type { Pass } from '../passes/pass.js';
import { countNodes } from '../passes/pipeline.js';
import { silentProgress, type Progress } from '../progress.js';
import type { SpeedMeasure } from '../runtime/measure-speed.js';
import { applyPasses, type Fused } from './apply.js';
import { choosePasses } from './levels.js';
import { compareCounts, operatorCounts } from './operator-counts.js';
import type { FuseRequest } from './request.js';
import type { FuseResult } from './result.js';
import type { References } from './samples.js';
import type { Checked } from './soundness.js';

export type { FuseRequest };

/**
 * Simplifies and fuses a model and writes it: the whole of `infer-opt fuse`. A pass after which the outputs on
 * samples are not what the original gives is found, left out and named; the result holds none of its edits.
 */
export async function fuseModel(request: FuseRequest): Promise<FuseResult> {
  const level = request.level ?? 'basic';
  const passes = choosePasses({ level, only: request.only, skip: request.skip });
  await checkOutputFile(request.output, [request.model]);
  return new Job(request, level).run(passes);
}

class Job {
  readonly #request: FuseRequest;
  readonly #level: string;
  readonly #progress: Progress;
  readonly #warnings: string[] = [];
  readonly #undone: { pass: string; why: string }[] = [];
  readonly #times = { read: 0, passes: 0, verify: 0, write: 0 };

  constructor(request: FuseRequest, level: string) {
    this.#request = request;
    this.#level = level;
    this.#progress = request.progress ?? silentProgress;
  }

  async run(passes: readonly Pass[]): Promise<FuseResult> {
    const request = this.#request;
    const checkInput = await rememberInput(request.model);
    const original = await this.#timed('read', () => loadModel(request.model));
    const before = {
      opset: original.opset,
      nodes: countNodes(original),
      operators: operatorCounts(original),
    };
    const fused = await this.#timed('passes', () => this.#apply(original, passes, request.stopAfter));
    const checked = await this.#timed('verify', () => this.#verified(fused, passes));
    const { model, report } = checked.fused;
    await checkInput();
    await this.#timed('write', () =>
      writeModel(model, request.output, request.signal === undefined ? {} : { signal: request.signal }),
    );
    const measured = request.bench === true ? await this.#measure(checked.references) : null;
    return {
      schema: 'infer-opt/fuse@1',
      level: this.#level,
      input: {
        path: request.model,
        bytes: await bytesOf(request.model),
        opset: before.opset,
        nodes: before.nodes,
      },
      output: {
        path: request.output,
        bytes: await bytesOf(request.output),
        opset: model.opset,
        nodes: countNodes(model),
      },
      operators: compareCounts(before.operators, operatorCounts(model)),
      changes: report.changes,
      rounds: report.rounds,
      passes: report.passes.map((pass) => ({
        name: pass.name,
        changes: pass.changes,
        node_delta: pass.nodeDelta,
        milliseconds: pass.milliseconds,
        ...(pass.notRun === undefined ? {} : { not_run: pass.notRun }),
        near_misses: pass.skipped,
      })),
      verified: checked.verified,
      undone: this.#undone,
      measured:
        measured === null
          ? null
          : { speedup: measured.speedup, original_ms: measured.originalMs, result_ms: measured.candidateMs },
      milliseconds: this.#times,
      warnings: this.#warnings,
    };
  }

  async #apply(model: Model, passes: readonly Pass[], stopAfter: number | undefined): Promise<Fused> {
    const fused = await applyPasses(model, passes, stopAfter, this.#request, this.#progress);
    const { typesNotInferred } = fused.report;
    if (typesNotInferred !== undefined)
      this.#warnings.push(`types are those that the file declares: ${typesNotInferred}`);
    return fused;
  }

  /** The result, once its outputs are those of the original; what that takes is loaded where it is asked for. */
  async #verified(fused: Fused, passes: readonly Pass[]): Promise<Checked> {
    const request = this.#request;
    if (request.verify === false && request.bench !== true) {
      const verified = {
        outcome: 'not-checked',
        samples: 0,
        dataset: 'none',
        reason: 'it was not asked for',
      } as const;
      return { fused, verified, references: undefined };
    }
    const { soundOf } = await import('./soundness.js');
    const step = this.#progress.start('Comparing outputs');
    try {
      return await soundOf(fused, passes, request, {
        again: async (left, stopAfter) => this.#apply(await loadModel(request.model), left, stopAfter),
        undone: this.#undone,
        warnings: this.#warnings,
      });
    } finally {
      step.done();
    }
  }

  async #measure(references: References | undefined): Promise<SpeedMeasure | null> {
    const feeds = references?.list[0]?.feeds;
    if (feeds === undefined) {
      this.#warnings.push('nothing was timed: there are no inputs on which the model runs');
      return null;
    }
    const { measureSpeed } = await import('../runtime/measure-speed.js');
    const step = this.#progress.start('Measuring');
    try {
      return await measureSpeed(this.#request.model, this.#request.output, feeds, feeds, {
        threads: this.#request.threads ?? 1,
        signal: this.#request.signal,
      });
    } finally {
      step.done();
    }
  }

  async #timed<Result>(part: keyof FuseResult['milliseconds'], work: () => Promise<Result>): Promise<Result> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.#times[part] += performance.now() - start;
    }
  }
}

async function bytesOf(file: string): Promise<number> {
  return (await stat(file)).size;
}
