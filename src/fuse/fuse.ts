import { stat } from 'node:fs/promises';
import type { DatasetOptions } from '../data/dataset.js';
import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { randomOperators } from '../ir/random-operators.js';
import { verifyModel } from '../ir/verify.js';
import { rememberInput } from '../onnx/input-file.js';
import { tooLargeToRun } from '../onnx/large.js';
import { loadModel } from '../onnx/load.js';
import { upgradeOpset } from '../onnx/upgrade/upgrade.js';
import { writeModel } from '../onnx/write-file.js';
import { checkOutputFile } from '../output-file.js';
import { dtypeOf } from '../passes/match.js';
import type { Pass, PassContext } from '../passes/pass.js';
import { countNodes, runPasses, type PipelineReport } from '../passes/pipeline.js';
import { silentProgress, type Progress } from '../progress.js';
import { createEvaluator } from '../runtime/evaluate.js';
import { measureSpeed, type SpeedMeasure } from '../runtime/measure-speed.js';
import { inferShapes } from '../runtime/shapes.js';
import { openForComparison, wrongOutput } from './check-outputs.js';
import type { Comparison } from './difference.js';
import { choosePasses } from './levels.js';
import type { FuseResult, OperatorCount } from './result.js';
import { referencesOf, type References } from './samples.js';

export interface FuseRequest {
  readonly model: string;
  readonly output: string;
  /** `safe`, `basic` or `full`. */
  readonly level?: string | undefined;
  /** Only these passes, by name. */
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
  /** Carries the model to this operator set first; kept without. */
  readonly opset?: number | undefined;
  /** Ends after so many runs of a pass that changed something: to find the one that did it. */
  readonly stopAfter?: number | undefined;
  /** Compares outputs before and after; on without. */
  readonly verify?: boolean | undefined;
  /** Times the result against the original. */
  readonly bench?: boolean | undefined;
  readonly data?: string | undefined;
  readonly dataset?: DatasetOptions | undefined;
  readonly threads?: number | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** By how many bytes a constant that folding makes may be larger than what it replaces. */
const constantBudget = 2 ** 20;

/** A model that the passes have been run on. */
interface Fused {
  readonly model: Model;
  readonly report: PipelineReport;
}

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

  /** Carries a freshly read model to the operator set that is asked for and runs the passes on it, in place. */
  async #apply(model: Model, passes: readonly Pass[], stopAfter: number | undefined): Promise<Fused> {
    const { opset, signal } = this.#request;
    if (opset !== undefined && opset > model.opset) {
      // Older forms say less about themselves than newer ones need: types tell.
      await inferShapes(model).catch((error: unknown) => {
        if (!(error instanceof InferOptError) || error.code !== 'model') throw error;
      });
      upgradeOpset(model, opset);
    } else if (opset !== undefined && opset < model.opset) {
      throw new InferOptError(
        'usage',
        `the model has opset ${model.opset}, and cannot be carried back to ${opset}`,
        {
          hint: 'export it again with an older opset, or leave --opset out',
        },
      );
    }
    const step = this.#progress.start('Fusing');
    try {
      const report = await runPasses(model, passes, contextOf(model), {
        ...(stopAfter === undefined ? {} : { stopAfter }),
        // Without a comparison, in a hurry: one look at the end instead of one after every pass.
        verify: this.#request.verify !== false,
        onPass: ({ name }) => {
          signal?.throwIfAborted();
          step.note(name);
        },
      });
      if (this.#request.verify === false) verifyModel(model);
      if (report.typesNotInferred !== undefined)
        this.#warnings.push(`types are those that the file declares: ${report.typesNotInferred}`);
      return { model, report };
    } finally {
      step.done();
    }
  }

  /** The result, once its outputs are those of the original: with the passes left out that they differ by. */
  async #verified(
    fused: Fused,
    passes: readonly Pass[],
  ): Promise<{ fused: Fused; verified: FuseResult['verified']; references: References | undefined }> {
    const request = this.#request;
    const notChecked = (reason: string): FuseResult['verified'] => ({
      outcome: 'not-checked',
      samples: 0,
      dataset: 'none',
      reason,
    });
    if (request.verify === false && request.bench !== true)
      return { fused, verified: notChecked('it was not asked for'), references: undefined };
    const tooLarge = tooLargeToRun(fused.model);
    if (tooLarge !== undefined) {
      this.#warnings.push(`outputs were not compared: ${tooLarge}`);
      return { fused, verified: notChecked(tooLarge), references: undefined };
    }
    const random = randomOperator(fused.model);
    if (random !== undefined) {
      const reason = `${random} draws random numbers`;
      return { fused, verified: notChecked(reason), references: undefined };
    }
    const step = this.#progress.start('Comparing outputs');
    try {
      const { references, optimization } = await this.#references();
      if (references.missing !== undefined) {
        this.#warnings.push(`outputs were not compared: ${references.missing}`);
        return { fused, verified: notChecked(references.missing), references };
      }
      if (request.verify === false)
        return { fused, verified: notChecked('it was not asked for'), references };
      const test = (candidate: Fused): Promise<string | undefined> =>
        wrongOutput(candidate.model, references.list, comparisonOf(candidate, passes), {
          threads: request.threads ?? 1,
          optimization,
        });
      const sound = await this.#withoutCulprits(fused, passes, test);
      const { effect, holdsHalf } = comparisonOf(sound, passes);
      const outcome = effect === 'exact' && !holdsHalf ? 'equal' : 'within-tolerance';
      const verified = { outcome, samples: references.list.length, dataset: references.dataset } as const;
      return { fused: sound, verified, references };
    } finally {
      step.done();
    }
  }

  async #references(): Promise<{ references: References; optimization: 'disabled' | 'all' }> {
    const request = this.#request;
    const original = await loadModel(request.model);
    let opened: Awaited<ReturnType<typeof openForComparison>>;
    try {
      opened = await openForComparison(request.model, request.threads ?? 1);
    } catch (error) {
      if (!(error instanceof InferOptError) || error.code !== 'model') throw error;
      const missing = `the runtime does not open the original: ${error.message}`;
      return { references: { dataset: 'none', list: [], missing }, optimization: 'all' };
    }
    const { session, optimization } = opened;
    try {
      const references = await referencesOf(original, session, request.data, request.dataset ?? {});
      return { references, optimization: optimization === 'all' ? 'all' : 'disabled' };
    } finally {
      await session.close();
    }
  }

  /** Finds the first run of a pass after which outputs are wrong, leaves that pass out, and starts again. */
  async #withoutCulprits(
    fused: Fused,
    passes: readonly Pass[],
    test: (candidate: Fused) => Promise<string | undefined>,
  ): Promise<Fused> {
    let current = fused;
    let left = passes;
    for (let why = await test(current); why !== undefined; why = await test(current)) {
      const culprit = await this.#culprit(left, current.report.steps.length, test);
      if (culprit === undefined) {
        throw new InferOptError('internal', `the outputs changed, and no pass is found that did it: ${why}`, {
          hint: 'run it with --no-verify to see the result, and please report it',
        });
      }
      this.#undone.push({ pass: culprit, why });
      this.#warnings.push(
        `pass ${culprit} changes what this model computes (${why}); it was left out. Please report it.`,
      );
      left = left.filter(({ name }) => name !== culprit);
      current = await this.#again(left, this.#request.stopAfter);
    }
    return current;
  }

  /** Halves the runs that changed something until one is left. */
  async #culprit(
    passes: readonly Pass[],
    steps: number,
    test: (candidate: Fused) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    let [sound, wrong] = [0, steps];
    while (wrong - sound > 1) {
      const middle = Math.floor((sound + wrong) / 2);
      if ((await test(await this.#again(passes, middle))) === undefined) sound = middle;
      else wrong = middle;
    }
    return steps === 0 ? undefined : (await this.#again(passes, wrong)).report.steps.at(-1);
  }

  async #again(passes: readonly Pass[], stopAfter: number | undefined): Promise<Fused> {
    return this.#apply(await loadModel(this.#request.model), passes, stopAfter);
  }

  async #measure(references: References | undefined): Promise<SpeedMeasure | null> {
    const feeds = references?.list[0]?.feeds;
    if (feeds === undefined) {
      this.#warnings.push('nothing was timed: there are no inputs on which the model runs');
      return null;
    }
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

function contextOf(model: Model): PassContext {
  return { evaluate: createEvaluator(model), inferTypes: inferShapes, constantBudget };
}

/** What the passes that changed something may do to numbers. */
function comparisonOf({ model, report }: Fused, passes: readonly Pass[]): Comparison {
  const effects = report.passes
    .filter(({ changes }) => changes > 0)
    .map(({ name }) => passes.find((pass) => pass.name === name)?.effect);
  const worst = (['lossy', 'reorders-floats'] as const).find((effect) => effects.includes(effect));
  return { effect: worst ?? 'exact', holdsHalf: holdsHalf(model) };
}

function holdsHalf(model: Model): boolean {
  for (const graph of model.graphs()) {
    for (const value of graph.values()) if (dtypeOf(value) === 'float16') return true;
  }
  return false;
}

function randomOperator(model: Model): string | undefined {
  for (const graph of [...model.graphs(), ...model.functions.map((own) => own.graph)]) {
    for (const node of graph.nodes()) {
      if (randomOperators.has(node.opType) || (node.is('Dropout') && node.inputs[2] !== undefined))
        return node.label;
    }
  }
  return undefined;
}

function operatorCounts(model: Model): Map<string, number> {
  const counts = new Map<string, number>();
  for (const graph of model.graphs())
    for (const node of graph.nodes())
      counts.set(node.qualifiedType, (counts.get(node.qualifiedType) ?? 0) + 1);
  return counts;
}

function compareCounts(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): OperatorCount[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((operator) => ({ operator, before: before.get(operator) ?? 0, after: after.get(operator) ?? 0 }))
    .sort((a, b) => b.before - a.before || b.after - a.after || (a.operator < b.operator ? -1 : 1));
}

async function bytesOf(file: string): Promise<number> {
  return (await stat(file)).size;
}
