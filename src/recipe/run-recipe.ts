import { mkdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { checkFile } from '../bench/artifact-file.js';
import { InferOptError } from '../errors.js';
import { checkOutputFile } from '../output-file.js';
import { silentProgress, type Progress } from '../progress.js';
import { withTemporaryFolder } from '../runtime/temporary-folder.js';
import { Cache } from '../search/cache/cache.js';
import { modelFile } from '../search/file-sum.js';
import { thisTool } from '../tool.js';
import { readRecipe, type RecipeJob } from './read-recipe.js';
import type { JobResult, RunResult, StepResult } from './result.js';
import type { Packaging, StepContext } from './steps/step.js';
import type { Variables } from './variables.js';

export interface RunRequest {
  readonly recipe: string;
  /** Values that hold before those of `vars:`. */
  readonly vars?: Variables | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Says what would be done, and does nothing. */
  readonly dryRun?: boolean | undefined;
  /** Folder of the cache; none without. */
  readonly cache?: string | null | undefined;
  readonly seed?: number | undefined;
  readonly threads?: number | undefined;
  /** Does the step `package`. */
  readonly packaging?: Packaging | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does what a recipe says: the whole of `infer-opt run`. Steps that were done before on the same bytes are taken from the
 * cache. A job whose gates fail ends there; the other jobs go on. Throws `usage` with file, line and column for a
 * recipe that is wrong, and whatever a step throws, with its name.
 */
export async function runRecipe(request: RunRequest): Promise<RunResult> {
  const started = performance.now();
  const cache = request.cache == null ? undefined : new Cache(request.cache);
  const jobs = await readRecipe(request.recipe, request.vars ?? {}, request.env ?? process.env);
  const warnings: string[] = [];
  const results: JobResult[] = [];
  const progress = request.progress ?? silentProgress;
  const step = progress.start('Running', jobs.length);
  try {
    for (const job of jobs) {
      results.push(await new JobRun(request, job, cache, warnings).run());
      step.advance();
    }
  } finally {
    step.done();
  }
  return {
    schema: 'infer-opt/run@1',
    tool: thisTool(),
    recipe: request.recipe,
    dry_run: request.dryRun === true,
    jobs: results,
    verdict: worst(results.map(({ verdict }) => verdict)),
    cache: cache === undefined ? null : { folder: cache.folder, ...cache.counts },
    elapsed_ms: performance.now() - started,
    warnings: [...new Set(warnings)],
  };
}

type Verdict = JobResult['verdict'];

function worst(verdicts: readonly Verdict[]): Verdict {
  const order: readonly Verdict[] = ['fail', 'inconclusive', 'planned'];
  return order.find((verdict) => verdicts.includes(verdict)) ?? 'pass';
}

class JobRun {
  readonly #request: RunRequest;
  readonly #job: RecipeJob;
  readonly #cache: Cache | undefined;
  readonly #warnings: string[];

  constructor(request: RunRequest, job: RecipeJob, cache: Cache | undefined, warnings: string[]) {
    this.#request = request;
    this.#job = job;
    this.#cache = cache;
    this.#warnings = warnings;
  }

  async run(): Promise<JobResult> {
    const { recipe, matrix, steps } = this.#job;
    const model = this.#resolve(recipe.model);
    await checkFile(model);
    const output = this.#lastChange < 0 ? null : this.#resolve(recipe.output!);
    const plan = steps.map(({ step, settings }) => ({ name: step.name, does: step.describe(settings) }));
    const data = recipe.data === undefined ? null : this.#resolve(recipe.data);
    const base = { matrix, model, data, output };
    if (this.#request.dryRun === true) {
      const planned = plan.map((one) => ({ ...one, ...notDone, state: 'planned' as const }));
      return { ...base, sha256: null, steps: planned, verdict: 'planned' };
    }
    if (output !== null) {
      await mkdir(dirname(output), { recursive: true });
      await checkOutputFile(output, [model]);
    }
    const done = await withTemporaryFolder((scratch) => this.#steps(model, output, scratch));
    const rest = plan
      .slice(done.results.length)
      .map((one) => ({ ...one, ...notDone, state: 'not reached' as const }));
    return {
      ...base,
      sha256: output === null ? null : done.sha256,
      steps: [...done.results, ...rest],
      verdict: worst(done.results.flatMap(({ verdict }) => verdict ?? [])),
    };
  }

  async #steps(
    model: string,
    output: string | null,
    scratch: string,
  ): Promise<{ results: StepResult[]; sha256: string }> {
    let [current, sha256] = [model, (await modelFile(model)).sha256];
    const results: StepResult[] = [];
    for (const [place, { step, settings }] of this.#job.steps.entries()) {
      const started = performance.now();
      const written = place === this.#lastChange ? output! : join(scratch, `step-${place + 1}.onnx`);
      const context = this.#context({
        original: model,
        current,
        currentSha256: sha256,
        output: written,
        scratch,
      });
      const outcome = await step.run(settings, context).catch((thrown: unknown) => {
        throw this.#inStep(thrown, place);
      });
      if (step.changesModel) [current, sha256] = [written, (await modelFile(written)).sha256];
      this.#warnings.push(...outcome.warnings.map((warning) => `${this.#label(place)}: ${warning}`));
      const verdict = outcome.unmeasured === true ? 'fail' : (outcome.verdict ?? null);
      results.push({
        name: step.name,
        does: step.describe(settings),
        state: outcome.cached ? 'cached' : 'done',
        verdict,
        elapsed_ms: performance.now() - started,
        result: outcome.result,
      });
      // What failed is not delivered.
      if (verdict === 'fail') break;
    }
    return { results, sha256 };
  }

  #context(
    place: Pick<StepContext, 'original' | 'current' | 'currentSha256' | 'output' | 'scratch'>,
  ): StepContext {
    const { recipe } = this.#job;
    const { seed, threads, packaging, progress = silentProgress, signal } = this.#request;
    return {
      ...place,
      resolve: (path) => this.#resolve(path),
      data: recipe.data === undefined ? undefined : this.#resolve(recipe.data),
      dataset: { seed: seed ?? recipe.seed ?? 1, samples: recipe.samples, split: recipe.split },
      threads: threads ?? recipe.threads,
      cache: this.#cache,
      packaging,
      progress,
      signal,
    };
  }

  get #lastChange(): number {
    return this.#job.steps.findLastIndex(({ step }) => step.changesModel);
  }

  /** A path of the recipe, from the working directory: messages and commands are read there. */
  #resolve(path: string): string {
    return relative(process.cwd(), resolve(dirname(this.#request.recipe), path)) || '.';
  }

  #label(place: number): string {
    const combination = Object.entries(this.#job.matrix).map(([key, value]) => `${key}=${String(value)}`);
    return [`step ${place + 1} (${this.#job.steps[place]!.step.name})`, ...combination].join(', ');
  }

  #inStep(thrown: unknown, place: number): unknown {
    if (!(thrown instanceof InferOptError)) return thrown;
    const hint = thrown.hint === undefined ? {} : { hint: thrown.hint };
    return new InferOptError(thrown.code, `${this.#label(place)}: ${thrown.message}`, {
      ...hint,
      cause: thrown,
    });
  }
}

const notDone = { verdict: null, elapsed_ms: 0, result: null };
