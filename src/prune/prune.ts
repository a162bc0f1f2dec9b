import { stat } from 'node:fs/promises';
import path from 'node:path';
import { openDataset, type Dataset, type DatasetOptions } from '../data/dataset.js';
import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { inputSpecs } from '../ir/tensor-inputs.js';
import { verifyModel } from '../ir/verify.js';
import { lowestIrVersion } from '../onnx/ir-version.js';
import { rememberInput } from '../onnx/input-file.js';
import { loadModel } from '../onnx/load.js';
import { writeModel } from '../onnx/write-file.js';
import { checkOutputFile } from '../output-file.js';
import { silentProgress, type Progress } from '../progress.js';
import { compareOutputs, type OutputDistance } from '../runtime/compare-outputs.js';
import { measureSpeed, type SpeedMeasure } from '../runtime/measure-speed.js';
import { withTemporaryFolder } from '../runtime/temporary-folder.js';
import { gzipBytes, macsWith, parametersOf, patternCounts } from './file-facts.js';
import { layersOf } from './layer.js';
import { patternNamed } from './magnitude/pattern.js';
import { prepareForPruning } from './prepare.js';
import { copyModel } from './repair/part.js';
import type { FileRecord, PruneResult } from './result.js';
import { schemeNamed } from './schemes/list.js';
import type { Scheme, SchemeReport } from './schemes/scheme.js';
import { sparsityOf } from './sparsity.js';

export interface PruneRequest {
  readonly model: string;
  readonly output: string;
  /** A name of `schemes`, or any N:M. */
  readonly scheme: string;
  /** From 0 to below 1; what it counts is the scheme's. */
  readonly ratio?: number | undefined;
  /** Dataset file or source; seeded inputs without. */
  readonly data?: string | undefined;
  readonly dataset?: DatasetOptions | undefined;
  /** How zeros are shared out among layers; the scheme's choice without. */
  readonly allocation?: string | undefined;
  /** False only cuts. */
  readonly repair?: boolean | undefined;
  readonly threads?: number | undefined;
  /** False leaves the artifact untimed. */
  readonly measure?: boolean | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Samples on which the outputs of artifact and original are compared. */
const comparedSamples = 16;

/** A tenth of the outputs' power: below this an artifact is seldom of use as it is. */
const leastSqnr = 10;

/** Rounding of a share in a report. */
const slack = 1e-9;

/**
 * Makes weights zero or cuts channels, repairs what stays from unlabelled samples, writes the model and says
 * what came of it: the whole of `infer-opt prune`. Throws `usage` for an unknown scheme or a wrong ratio,
 * `model` when there is nothing to prune or the ratio cannot be reached, with how far it could go.
 */
export async function pruneModel(request: PruneRequest): Promise<PruneResult> {
  const scheme = schemeNamed(request.scheme);
  checkRatio(scheme, request.ratio);
  await checkOutputFile(request.output, [request.model]);
  const checkInput = await rememberInput(request.model);
  const original = await loadModel(request.model);
  const dataset = await openDataset(request.data, inputSpecs(original), request.dataset);
  return withTemporaryFolder((folder) => new Job(request, scheme, dataset, folder, checkInput).run(original));
}

class Job {
  readonly #request: PruneRequest;
  readonly #scheme: Scheme;
  readonly #dataset: Dataset;
  readonly #folder: string;
  readonly #progress: Progress;
  readonly #threads: number;
  readonly #checkInput: () => Promise<void>;

  constructor(
    request: PruneRequest,
    scheme: Scheme,
    dataset: Dataset,
    folder: string,
    checkInput: () => Promise<void>,
  ) {
    this.#checkInput = checkInput;
    this.#request = request;
    this.#scheme = scheme;
    this.#dataset = dataset;
    this.#folder = folder;
    this.#progress = request.progress ?? silentProgress;
    this.#threads = request.threads ?? 1;
  }

  async run(original: Model): Promise<PruneResult> {
    const request = this.#request;
    const { pruned, report } = await this.#pruned(original);
    const file = path.join(this.#folder, 'pruned.onnx');
    if (pruned !== original) pruned.irVersion = Math.max(pruned.irVersion, lowestIrVersion(pruned));
    verifyModel(pruned);
    await writeModel(pruned, file);
    const written = await loadModel(file);
    const reached = await this.#reached(original, written);
    this.#checkReached(reached, report);
    const outputs = await compareOutputs(request.model, file, this.#dataset.calibrate, {
      threads: this.#threads,
      limit: comparedSamples,
      progress: this.#progress,
    });
    const measured = request.measure === false ? null : await this.#measure(file);
    await this.#checkInput();
    await writeModel(pruned, request.output, request.signal === undefined ? {} : { signal: request.signal });
    return this.#result(original, written, report, { reached, outputs, measured });
  }

  /** The model itself where nothing is asked of it: its outputs then stay the same to the last bit. */
  async #pruned(original: Model): Promise<{ pruned: Model; report: SchemeReport }> {
    const { ratio } = this.#request;
    if (this.#scheme.takesRatio && (ratio ?? 0) === 0) {
      return { pruned: original, report: { layers: [], left: [], repaired: null, warnings: [] } };
    }
    const prepared = await this.#prepared();
    if (layersOf(prepared).length === 0) {
      throw new InferOptError(
        'model',
        `${this.#request.model} has nothing to prune: no Conv, Gemm or MatMul with constant float weights`,
        { hint: 'a quantized model is pruned before it is quantized' },
      );
    }
    const pruned = copyModel(prepared);
    const report = await this.#scheme.apply({
      original: prepared,
      pruned,
      samples: this.#dataset.calibrate,
      ratio,
      allocation: this.#request.allocation,
      repair: this.#request.repair !== false,
      threads: this.#threads,
      progress: this.#progress,
      signal: this.#request.signal,
    });
    return { pruned, report };
  }

  async #prepared(): Promise<Model> {
    const model = await loadModel(this.#request.model);
    await prepareForPruning(model);
    return model;
  }

  async #reached(original: Model, written: Model): Promise<Reached> {
    const { inputs } = await this.#dataset.calibrate.get(0);
    // A model that computes its shapes tells them once that is folded.
    const before = (await macsWith(original, inputs)) ?? (await macsWith(await this.#prepared(), inputs));
    const after = await macsWith(written, inputs);
    const pattern = patternNamed(this.#scheme.name);
    return {
      macs: before === undefined || after === undefined ? null : { before, after },
      zeros: { before: sparsityOf(original).share, after: sparsityOf(written).share },
      pattern: pattern === undefined ? null : patternCounts(written, pattern),
    };
  }

  #checkReached({ macs, zeros, pattern }: Reached, report: SchemeReport): void {
    const { ratio, model } = this.#request;
    if (pattern !== null) {
      if (pattern.eligible === 0 || pattern.holding < pattern.eligible) {
        throw new InferOptError(
          'model',
          `${model}: ${pattern.holding} of ${pattern.eligible} layers that can hold ${this.#scheme.name} do`,
          {
            hint:
              report.left[0] === undefined
                ? 'please report it'
                : `${report.left[0].node}: ${report.left[0].reason}`,
          },
        );
      }
      if (ratio !== undefined && zeros.after < ratio - slack) {
        throw this.#tooFar(ratio, zeros.after, 'zeros');
      }
      return;
    }
    if (this.#scheme.counts === 'weights' && zeros.after < (ratio ?? 0) - slack) {
      throw this.#tooFar(ratio ?? 0, zeros.after, 'zeros');
    }
    if (this.#scheme.counts === 'channels' && (ratio ?? 0) > 0) {
      if (macs === null) {
        throw new InferOptError('model', `the multiply-accumulates of ${model} cannot be counted`, {
          hint: 'its shapes are not known even with inputs of known shape; --scheme magnitude needs none',
        });
      }
      const share = 1 - macs.after / macs.before;
      if (share < (ratio ?? 0) - slack) throw this.#tooFar(ratio ?? 0, share, 'fewer multiply-accumulates');
    }
  }

  #tooFar(asked: number, reached: number, of: string): InferOptError {
    return new InferOptError(
      'model',
      `${this.#request.model} cannot be pruned to ${asked}: ${this.#scheme.name} reaches ${reached.toFixed(4)} (${of})`,
      { hint: `ask for at most --ratio ${(Math.floor(reached * 1000) / 1000).toString()}` },
    );
  }

  async #measure(file: string): Promise<SpeedMeasure> {
    const { inputs } = await this.#dataset.calibrate.get(0);
    const step = this.#progress.start('Measuring');
    try {
      return await measureSpeed(this.#request.model, file, inputs, inputs, {
        threads: this.#threads,
        signal: this.#request.signal,
      });
    } finally {
      step.done();
    }
  }

  async #result(original: Model, written: Model, report: SchemeReport, found: Found): Promise<PruneResult> {
    const { model, output, ratio } = this.#request;
    const { reached, outputs, measured } = found;
    const { macs, zeros, pattern } = reached;
    const [input, artifact] = [await fileRecord(model, original), await fileRecord(output, written)];
    const share =
      this.#scheme.counts === 'weights' ? zeros.after : macs === null ? 0 : 1 - macs.after / macs.before;
    return {
      schema: 'infer-opt/prune@1',
      scheme: this.#scheme.name,
      ratio: this.#scheme.takesRatio ? { asked: ratio ?? 0, reached: share } : null,
      input,
      output: { ...artifact, size_ratio: artifact.bytes / input.bytes },
      zeros,
      pattern:
        pattern === null
          ? null
          : { name: this.#scheme.name, ...pattern, holds: pattern.holding === pattern.eligible },
      macs,
      parameters: { before: parametersOf(original), after: parametersOf(written) },
      measured:
        measured === null
          ? null
          : {
              speedup: measured.speedup,
              original_ms: measured.originalMs,
              artifact_ms: measured.candidateMs,
            },
      outputs,
      repair:
        report.repaired === null
          ? null
          : {
              samples: this.#dataset.calibrate.size,
              dataset: this.#dataset.name,
              passes: report.repaired.passes,
              memory_bytes: report.repaired.memory,
            },
      counts: this.#scheme.counts,
      layers: report.layers,
      left: report.left,
      warnings: this.#warnings(report, outputs, measured),
      hints: [this.#scheme.hint],
    };
  }

  #warnings(report: SchemeReport, outputs: OutputDistance, measured: SpeedMeasure | null): string[] {
    const warnings = [...report.warnings];
    if (report.repaired !== null && this.#request.data === undefined) {
      warnings.push(
        'the repair learned from made-up inputs: give --data, or the artifact will not be accurate',
      );
    }
    // As it is told: 0.998 is a draw.
    if (measured !== null && Math.round(measured.speedup * 100) < 100) {
      warnings.push(`the artifact is slower than the original: ${measured.speedup.toFixed(2)}x`);
    }
    const { sqnr_db: sqnr } = outputs;
    if (sqnr !== null && !(sqnr >= leastSqnr)) {
      const lost = `the outputs are far from the original's (SQNR ${sqnr.toFixed(1)} dB)`;
      const advice = this.#request.repair === false ? 'repair it (without --no-repair), ' : '';
      warnings.push(`${lost}: ${advice}prune less, or train what stays with "infer-opt distill"`);
    }
    return warnings;
  }
}

interface Reached {
  readonly macs: { readonly before: number; readonly after: number } | null;
  readonly zeros: { readonly before: number; readonly after: number };
  readonly pattern: { readonly eligible: number; readonly holding: number } | null;
}

interface Found {
  readonly reached: Reached;
  readonly outputs: OutputDistance;
  readonly measured: SpeedMeasure | null;
}

function checkRatio(scheme: Scheme, ratio: number | undefined): void {
  if (ratio === undefined && scheme.takesRatio) {
    throw new InferOptError('usage', `the scheme ${scheme.name} needs a ratio`, {
      hint: 'such as --ratio 0.5',
    });
  }
  if (ratio !== undefined && !(ratio >= 0 && ratio < 1)) {
    throw new InferOptError('usage', `the ratio ${ratio} is not from 0 to below 1`);
  }
}

async function fileRecord(file: string, model: Model): Promise<FileRecord> {
  return {
    path: file,
    bytes: (await stat(file)).size,
    gzip_bytes: await gzipBytes(file),
    opset: model.opset,
  };
}
