import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { checkFile } from '../bench/artifact-file.js';
import { readEnvironment, type Environment } from '../bench/environment.js';
import { openDataset, type Dataset } from '../data/dataset.js';
import { InferOptError } from '../errors.js';
import type { Gate } from '../gates/gate.js';
import { parseGate } from '../gates/parse.js';
import { overallVerdict } from '../gates/judge.js';
import type { Model } from '../ir/model.js';
import { loadModel } from '../onnx/load.js';
import { silentProgress } from '../progress.js';
import { inputSpecs } from '../ir/tensor-inputs.js';
import { refuseCrashing } from '../runtime/refuse-crashing.js';
import { refuseQuantized } from '../quantize/recognize.js';
import { chooseTarget, type ChosenTarget } from '../quantize/targets/choose.js';
import { thisTool } from '../tool.js';
import { Cache } from './cache/cache.js';
import { propose } from './candidates/propose.js';
import { choose, type Choice, type Judged } from './choose.js';
import { commandOf } from './command.js';
import { defaultGates } from './default-gates.js';
import { Entry } from './entry.js';
import { modelFile } from './file-sum.js';
import { paretoFront } from './front.js';
import { originalOf } from './original.js';
import { OutputFolder, resultFile } from './output-folder.js';
import { planTime } from './plan-time.js';
import type { OptimizeRequest } from './request.js';
import type { Measurement, OptimizeResult, Winner } from './result.js';
import { partSamples, type SearchSamples } from './samples.js';
import { Search } from './search.js';
import { partOf } from './shard.js';
import { winningRecipe } from './winning-recipe.js';
import { dataKeyOf, machineKeyOf, versionKeyOf } from './keys.js';

const defaultTimeMs = 600_000;

/**
 * Finds the fastest artifact that holds the gates: the whole of `infer-opt optimize`. Candidates are made and measured
 * within the time, the winner is judged on samples that the search did not see, and everything that was made stands in
 * the output folder with the result as `optimize.json`. Aborting ends it with the best that is known. Throws `usage`,
 * `model`, `data` and `output` before anything is tried.
 */
export async function optimize(request: OptimizeRequest): Promise<OptimizeResult> {
  const started = performance.now();
  await checkFile(request.model);
  const folder = await OutputFolder.create(request.output, request.force === true);
  try {
    const result = await new Job(request, folder, started).run();
    await writeFile(join(folder.staging, resultFile), `${JSON.stringify(result, undefined, 2)}\n`);
    await folder.finish();
    return result;
  } finally {
    await folder.discard();
  }
}

/** What is known before anything is tried. */
interface Setup {
  readonly original: { readonly sha256: string; readonly bytes: number };
  readonly dataset: Dataset;
  readonly samples: SearchSamples;
  readonly gates: readonly Gate[];
  readonly chosen: ChosenTarget;
  readonly environment: Environment;
  readonly seed: number;
  readonly threads: number;
}

class Job {
  readonly #request: OptimizeRequest;
  readonly #folder: OutputFolder;
  readonly #started: number;
  readonly #cache: Cache | undefined;
  readonly #warnings: string[] = [];

  constructor(request: OptimizeRequest, folder: OutputFolder, started: number) {
    this.#request = request;
    this.#folder = folder;
    this.#started = started;
    this.#cache = request.cache == null ? undefined : new Cache(request.cache);
  }

  async run(): Promise<OptimizeResult> {
    const model = await loadModel(this.#request.model);
    refuseQuantized(model, this.#request.model);
    await refuseCrashing(this.#request.model, this.#request.signal);
    const setup = await this.#setUp(model);
    const entries = this.#entries(model, setup);
    const search = new Search(this.#searchSettings(setup));
    await search.run(entries);
    const result = this.#result(setup, entries, search);
    const won = entries.find(({ name }) => name === result.winner.name);
    if (won !== undefined) {
      const recipe = winningRecipe(won.candidate, this.#folder.path, this.#request);
      await writeFile(join(this.#folder.staging, 'recipe.yaml'), recipe);
    }
    return result;
  }

  async #setUp(model: Model): Promise<Setup> {
    const request = this.#request;
    const chosen = await chooseTarget(request.target ?? 'auto');
    if (!chosen.isThisMachine) {
      throw new InferOptError('usage', `a search measures, and ${chosen.target.name} is not this machine`, {
        hint: 'run it on such a machine, or make one artifact with infer-opt quantize --target',
      });
    }
    const dataset = await openDataset(request.data, inputSpecs(model), request.dataset);
    const seed = request.dataset?.seed ?? 1;
    const samples = partSamples(dataset, seed);
    if (samples.heldOut.size === 0) {
      throw new InferOptError('data', `${dataset.name} has no samples to evaluate`, {
        hint: 'leave some with --split evaluate=N',
      });
    }
    const given = (request.gates ?? []).map((gate) => (typeof gate === 'string' ? parseGate(gate) : gate));
    const gates = given.length > 0 ? given : defaultGates(dataset.labelled, dataset.task);
    if (given.length === 0) {
      const limits = gates.map(({ expr }) => expr).join(', ');
      this.#warnings.push(`no gate was given: the artifact has to hold ${limits}`);
    }
    checkLabels(gates, dataset);
    return {
      original: await modelFile(request.model),
      dataset,
      samples,
      gates,
      chosen,
      environment: await readEnvironment(),
      seed,
      threads: request.threads ?? 1,
    };
  }

  #entries(model: Model, { chosen, gates }: Setup): Entry[] {
    const { only, skip, pruneRatios = [], shard } = this.#request;
    const { target, isThisMachine } = chosen;
    const all = propose({ model, target, isThisMachine, pruneRatios, gates }, { only, skip });
    return partOf(all, shard).map(
      (candidate) =>
        new Entry(candidate, commandOf(candidate, this.#shownPath(candidate.name), this.#request)),
    );
  }

  #searchSettings(setup: Setup): ConstructorParameters<typeof Search>[0] {
    const { model, data, dataset, signal, progress = silentProgress, strict, timeMs } = this.#request;
    const { threads, seed, environment } = setup;
    const dataKey = dataKeyOf(setup.dataset, data, dataset);
    return {
      folder: this.#folder.staging,
      plan: planTime(timeMs ?? defaultTimeMs),
      samples: setup.samples,
      strict: strict === true,
      job: { model, data, dataset, threads, progress },
      making: { cache: this.#cache, versionKey: versionKeyOf(environment), dataKey },
      measuring: {
        original: model,
        originalSha256: setup.original.sha256,
        dataset: setup.dataset,
        dataKey,
        machineKey: machineKeyOf(environment),
        gates: setup.gates,
        threads,
        seed,
        cache: this.#cache,
        progress,
      },
      progress,
      signal,
    };
  }

  /** From the working directory, once the folder is in its place. */
  #shownPath(name: string): string {
    return relative(process.cwd(), join(this.#folder.path, `${name}.onnx`)) || `${name}.onnx`;
  }

  #result(setup: Setup, entries: readonly Entry[], search: Search): OptimizeResult {
    const request = this.#request;
    const strict = request.strict === true;
    const candidates = entries.map((entry) => {
      const result = entry.result(entry.file === undefined ? null : this.#shownPath(entry.name));
      return {
        ...result,
        search: result.search && this.#moved(result.search),
        judged: result.judged && this.#moved(result.judged),
      };
    });
    const original = originalOf(
      entries.flatMap(({ known }) => known ?? []),
      setup.original.bytes,
    );
    const { choice, judged, measured } = this.#choose(entries, search, strict, original);
    const gates = measured === undefined ? [] : this.#moved(measured).gates;
    const verdict = measured === undefined ? 'inconclusive' : overallVerdict(gates, strict);
    if (search.interrupted)
      this.#warnings.push('the search was stopped: this is the best that was known by then');
    const winner: Winner = {
      ...choice,
      path: choice.name === 'original' ? request.model : this.#shownPath(choice.name),
      command: entries.find(({ name }) => name === choice.name)?.command ?? null,
      speedup: measured?.speedup?.value ?? null,
      judged,
    };
    return {
      schema: 'infer-opt/optimize@1',
      tool: thisTool(),
      environment: setup.environment,
      model: { path: request.model, ...setup.original },
      dataset: {
        name: setup.dataset.name,
        sha256: setup.dataset.sha256,
        calibrate: setup.dataset.calibrate.size,
        search: setup.samples.search.size,
        held_out: setup.samples.heldOut.size,
      },
      settings: {
        gates: setup.gates.map(({ expr }) => expr),
        strict,
        time_ms: request.timeMs ?? defaultTimeMs,
        threads: setup.threads,
        seed: setup.seed,
        target: setup.chosen.target.name,
        shard: request.shard ?? null,
      },
      winner,
      candidates,
      original: search.original === undefined ? null : this.#moved(search.original),
      front: paretoFront(candidates, original),
      gates,
      verdict: !judged && verdict === 'pass' ? 'inconclusive' : verdict,
      interrupted: search.interrupted,
      cache: this.#cache === undefined ? null : { folder: this.#cache.folder, ...this.#cache.counts },
      elapsed_ms: performance.now() - this.#started,
      warnings: this.#warnings,
    };
  }

  /** By what was judged; by the samples of the search where there was no time to judge. */
  #choose(
    entries: readonly Entry[],
    search: Search,
    strict: boolean,
    original: Measurement | undefined,
  ): { choice: Choice; judged: boolean; measured: Measurement | undefined } {
    const judged = entries.flatMap(({ name, judged: measured }): Judged[] =>
      measured ? [{ name, measured }] : [],
    );
    if (search.original !== undefined) judged.push({ name: 'original', measured: search.original });
    if (judged.length > 0) {
      const choice = choose(judged, strict);
      return { choice, judged: true, measured: judged.find(({ name }) => name === choice.name)?.measured };
    }
    this.#warnings.push('there was no time to judge a candidate on unseen samples');
    const known = entries.flatMap(({ name, known: measured }): Judged[] =>
      measured ? [{ name, measured }] : [],
    );
    if (original !== undefined) known.push({ name: 'original', measured: original });
    const choice = choose(known, false);
    return { choice, judged: false, measured: known.find(({ name }) => name === choice.name)?.measured };
  }

  /** Gates name the artifact where it will be, not where it was measured. */
  #moved(measured: Measurement): Measurement {
    const gates = measured.gates.map((gate) => ({
      ...gate,
      artifact:
        gate.artifact === this.#request.model ? gate.artifact : this.#shownPath(nameOf(gate.artifact)),
    }));
    return { ...measured, gates };
  }
}

function nameOf(path: string): string {
  return path.replace(/^.*[/\\]/, '').replace(/\.onnx$/, '');
}

function checkLabels(gates: readonly Gate[], dataset: Dataset): void {
  const labelled = dataset.labelled ? undefined : gates.find((gate) => gate.labelled);
  if (labelled === undefined) return;
  throw new InferOptError('usage', `gate '${labelled.expr}' needs labels, and ${dataset.name} has none`, {
    hint: 'name them in the dataset file (labels:), or gate agreement or cosine instead',
  });
}
