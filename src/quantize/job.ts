import { stat } from 'node:fs/promises';
import path from 'node:path';
import { writeRanges } from '../calibrate/ranges-file.js';
import type { Range, RangeMethod } from '../calibrate/range-method.js';
import type { Dataset } from '../data/dataset.js';
import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { inputSpecs } from '../ir/tensor-inputs.js';
import { verifyModel } from '../ir/verify.js';
import { allOf } from '../ir/walk.js';
import { loadModel } from '../onnx/load.js';
import { lowestIrVersion } from '../onnx/ir-version.js';
import { writeModel } from '../onnx/write-file.js';
import { silentProgress, type Progress } from '../progress.js';
import { castFeeds, compareOutputs } from '../runtime/compare-outputs.js';
import { describeKernels, type KernelReport } from '../runtime/kernels.js';
import { measureSpeed, type SpeedMeasure } from '../runtime/measure-speed.js';
import type { Tensor } from '../tensor/tensor.js';
import { artifactWarnings } from './artifact-warnings.js';
import type { Candidate } from './candidate.js';
import { Exclusions } from './exclude.js';
import { copyTypedModel } from './half/copy-typed.js';
import { emulateBfloat16 } from './half/emulate.js';
import { modes } from './modes/list.js';
import type { Mode, ModeReport } from './modes/mode.js';
import { Overrides } from './overrides/overrides.js';
import { oldestOpened, prepare } from './prepare.js';
import type { QuantizeRequest } from './request.js';
import type { QuantizeResult } from './result.js';
import type { ChosenTarget } from './targets/choose.js';

/** An integer model must be this much faster than the float one, or its error is for nothing. */
const leastGain = 1.1;

/** Below this speed against the original a fused model is slower by more than chance. */
const leastOfFused = 0.97;

/** What stands for a mode where the float model is kept. */
const floatMode = 'float';

/** Weights that share a scale: small enough for 4 bits, and what runtimes are made for. */
const defaultBlock = 32;

/** Samples on which the outputs of artifact and original are compared. */
const comparedSamples = 16;

/** What the whole job has in common. */
export interface Setting {
  readonly method: RangeMethod;
  readonly chosen: ChosenTarget;
  readonly dataset: Dataset;
  readonly folder: string;
  /** Ranges that were given, by the values' names. */
  readonly ranges: ReadonlyMap<string, Range> | undefined;
  /** Throws where the model's file is not what it was. */
  readonly checkInput: () => Promise<void>;
  /** Why neither the original nor what is made of it is run; undefined for models of common size. */
  readonly notRun: string | undefined;
}

/** An artifact that exists as a file in the job's folder. */
/** Builds candidates, lets the best or the named one win, writes it, and tells what came out. */
export class Job {
  readonly #request: QuantizeRequest;
  readonly #setting: Setting;
  readonly #exclusions: Exclusions;
  readonly #overrides: Overrides;
  readonly #progress: Progress;
  readonly #warnings: string[] = [];
  readonly #tried: QuantizeResult['tried'][number][] = [];

  constructor(request: QuantizeRequest, setting: Setting) {
    this.#request = request;
    this.#setting = setting;
    this.#exclusions = new Exclusions(request.exclude ?? [], request.include);
    this.#overrides = new Overrides(request.overrides);
    this.#progress = request.progress ?? silentProgress;
  }

  async run(mode: Mode | undefined, original: Model): Promise<QuantizeResult> {
    // Patterns are meant for the file that was given; fusions take nodes away before a mode looks at them.
    for (const node of allOf(original)) this.#exclusions.excludes(node);
    const chosen = mode === undefined ? await this.#best(original) : await this.#named(mode);
    for (const pattern of this.#exclusions.unused())
      this.#warnings.push(
        `--${this.#request.exclude?.includes(pattern) === true ? 'exclude' : 'include'} ${pattern} matches no node`,
      );
    for (const override of this.#overrides.unused())
      this.#warnings.push(`--override ${override} fits nothing that static mode made integer`);
    await this.#setting.checkInput();
    await writeModel(
      chosen.model,
      this.#request.output,
      this.#request.signal === undefined ? {} : { signal: this.#request.signal },
    );
    await this.#saveRanges(chosen.report);
    return this.#result(original, chosen);
  }

  async #saveRanges({ ranges }: ModeReport): Promise<void> {
    const file = this.#request.saveRanges;
    if (file === undefined) return;
    if (ranges === undefined)
      this.#warnings.push(`no ranges are written to ${file}: only static mode has them`);
    else await writeRanges(file, ranges);
  }

  /** A mode that was asked for is carried out, whether it pays or not. */
  async #named(mode: Mode): Promise<Candidate> {
    const candidate = await this.#build(mode);
    if (candidate === undefined) {
      const reason = this.#tried.at(-1)?.reason ?? '';
      throw new InferOptError(
        'model',
        `nothing in ${this.#request.model} can be done by mode ${mode.name}: ${reason}`,
        {
          hint: 'let --mode auto choose, or see "infer-opt inspect"',
        },
      );
    }
    if (candidate.speed !== null && candidate.speed.speedup < 1) {
      this.#warnings.push(`the artifact is slower than the original: ${candidate.speed.speedup.toFixed(2)}x`);
    }
    return candidate;
  }

  /**
   * The fastest of the modes that suggest themselves, or the float model where none is clearly faster than
   * what cleaning and fusing it brings anyway.
   */
  async #best(original: Model): Promise<Candidate> {
    const float = await this.#float(original);
    const { modes: useful } = this.#setting.chosen.target;
    const suggested = modes.filter((mode) => useful?.auto.includes(mode.name) ?? mode.suggests(original));
    const candidates: Candidate[] = [];
    for (const mode of suggested) {
      const candidate = await this.#build(mode);
      if (candidate !== undefined) candidates.push(candidate);
    }
    candidates.sort((a, b) => (b.speed?.speedup ?? 0) - (a.speed?.speedup ?? 0));
    const [best] = candidates;
    if (best === undefined) {
      this.#warnings.push(
        'the float model is kept: it holds no Conv, MatMul, Gemm or LSTM with constant weights that can become integers',
      );
      return float;
    }
    if (best.speed === null || float.speed === null) return best;
    const gain = best.speed.speedup / float.speed.speedup;
    if (gain >= leastGain) return best;
    this.#warnings.push(
      `the float model is kept, as integers do not pay: ${best.mode} takes ${best.speed.candidateMs.toFixed(3)} ms, ` +
        `float ${float.speed.candidateMs.toFixed(3)} ms, the original ${best.speed.originalMs.toFixed(3)} ms`,
    );
    return float;
  }

  async #build(mode: Mode): Promise<Candidate | undefined> {
    const [request, setting] = [this.#request, this.#setting];
    const model = await loadModel(request.model);
    const threads = request.threads ?? 1;
    const report = await mode.apply(model, {
      target: setting.chosen.target,
      method: setting.method,
      samples: setting.dataset.calibrate,
      exclusions: this.#exclusions,
      opset: request.opset,
      keepIo: request.keepIo === true,
      rounding: request.rounding ?? 'output',
      // Scaled channels have other ranges, which hang on the samples: a file of ranges is of the model as it is.
      equalize:
        (request.equalize ?? true) &&
        setting.ranges === undefined &&
        request.saveRanges === undefined &&
        !this.#overrides.hasRanges,
      overrides: this.#overrides,
      goal: request.goal,
      sampled: request.data !== undefined && setting.notRun === undefined,
      format: request.format,
      bits: request.bits ?? 8,
      weightScales: request.weightScales,
      correctBias: request.correctBias,
      ranges: setting.ranges,
      block: request.block ?? defaultBlock,
      symmetric: request.symmetric ?? true,
      threads,
      progress: this.#progress,
      signal: request.signal,
    });
    if (report.changed === 0) {
      const reason = report.left[0]?.reason ?? 'it holds no operator of that kind';
      this.#tried.push({ mode: mode.name, speedup: null, sqnr_db: null, reason });
      return undefined;
    }
    const candidate = await this.#finish(mode.name, model, report);
    this.#tried.push({
      mode: mode.name,
      speedup: candidate.speed?.speedup ?? null,
      sqnr_db: candidate.outputs?.sqnr_db ?? null,
      reason: `${report.changed} nodes`,
    });
    return candidate;
  }

  /** Writes a candidate into the job's folder, compares and measures it. */
  async #finish(mode: string, model: Model, report: ModeReport): Promise<Candidate> {
    const [request, setting] = [this.#request, this.#setting];
    model.irVersion = lowestIrVersion(model);
    verifyModel(model);
    if (setting.notRun !== undefined) return { mode, file: '', model, report, outputs: null, speed: null };
    const file = path.join(setting.folder, `${mode}.onnx`);
    await writeModel(model, file);
    const threads = request.threads ?? 1;
    const comparable = mode === 'bf16' ? emulated(model) : file;
    const outputs = await compareOutputs(request.model, comparable, setting.dataset.calibrate, {
      threads,
      limit: comparedSamples,
      progress: this.#progress,
    });
    const measures = request.measure ?? setting.chosen.isThisMachine;
    const speed = measures && mode !== 'bf16' ? await this.#measure(file, model) : null;
    return { mode, file, model, report, outputs, speed };
  }

  async #measure(file: string, model: Model): Promise<SpeedMeasure> {
    const { inputs } = await this.#setting.dataset.calibrate.get(0);
    const step = this.#progress.start('Measuring');
    try {
      return await measureSpeed(this.#request.model, file, inputs, feedsFor(model, inputs), {
        threads: this.#request.threads ?? 1,
        signal: this.#request.signal,
      });
    } finally {
      step.done();
    }
  }

  /** The original, cleaned and fused, at its own opset. */
  async #float(original: Model): Promise<Candidate> {
    const model = await loadModel(this.#request.model);
    const preparation = await prepare(model, {
      opset: this.#request.opset ?? Math.max(original.opset, oldestOpened),
    });
    const nothing = { changed: 0, left: [], warnings: preparation.warnings, hints: [] };
    const fused = await this.#finish(floatMode, model, nothing);
    if (fused.speed === null || fused.speed.speedup >= leastOfFused) return fused;
    const warning = `fusing made the model slower (${fused.speed.speedup.toFixed(2)}x): the original is kept as it is`;
    return this.#finish(floatMode, await loadModel(this.#request.model), { ...nothing, warnings: [warning] });
  }

  async #result(original: Model, chosen: Candidate): Promise<QuantizeResult> {
    const [request, setting] = [this.#request, this.#setting];
    const kernels =
      chosen.mode === 'bf16' || !setting.chosen.isThisMachine || setting.notRun !== undefined
        ? null
        : await this.#prove(chosen);
    const [before, after] = [await fileBytes(request.model), await fileBytes(request.output)];
    const calibrated = chosen.report.usedSamples === true;
    if (calibrated && request.data === undefined) {
      this.#warnings.push(
        'ranges come from made-up inputs: give --data, or the artifact will not be accurate',
      );
    }
    return {
      schema: 'infer-opt/quantize@1',
      input: { path: request.model, bytes: before, opset: original.opset },
      output: { path: request.output, bytes: after, opset: chosen.model.opset, size_ratio: after / before },
      mode: chosen.mode,
      kept_float: chosen.mode === floatMode,
      target: setting.chosen.target.name,
      calibration: calibrated
        ? {
            method: chosen.report.rangeMethod ?? (chosen.mode === 'fp16' ? 'magnitudes' : 'moments'),
            samples: setting.dataset.calibrate.size,
            dataset: setting.dataset.name,
          }
        : null,
      changed: chosen.report.changed,
      left: chosen.report.left,
      kernels,
      measured:
        chosen.speed === null
          ? null
          : {
              speedup: chosen.speed.speedup,
              original_ms: chosen.speed.originalMs,
              artifact_ms: chosen.speed.candidateMs,
            },
      outputs: chosen.outputs,
      mixed: chosen.report.mixed ?? null,
      tried: this.#tried,
      warnings: [...this.#warnings, ...artifactWarnings(chosen, kernels, request.goal, setting.notRun)],
      hints: chosen.report.hints,
    };
  }

  async #prove(chosen: Candidate): Promise<KernelReport> {
    const { inputs } = await this.#setting.dataset.calibrate.get(0);
    return describeKernels(this.#request.output, feedsFor(chosen.model, inputs), {
      threads: this.#request.threads ?? 1,
    });
  }
}

/** The same numbers in the types that the model takes now. */
function feedsFor(model: Model, inputs: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  return castFeeds(
    inputs,
    inputSpecs(model).map((input) => ({ ...input, dims: [] })),
  );
}

/** A float32 model that computes what the bfloat16 one does; the model itself is left as it is. */
function emulated(model: Model): Model {
  const copy = copyTypedModel(model);
  emulateBfloat16(copy);
  return copy;
}

async function fileBytes(file: string): Promise<number> {
  return (await stat(file)).size;
}
