import { stat } from 'node:fs/promises';
import path from 'node:path';
import { openDataset, type Dataset } from '../data/dataset.js';
import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { inputSpecs } from '../ir/tensor-inputs.js';
import { verifyModel } from '../ir/verify.js';
import { lowestIrVersion } from '../onnx/ir-version.js';
import { externalFiles } from '../onnx/external-files.js';
import { rememberInput } from '../onnx/input-file.js';
import { tooLargeToRun } from '../onnx/large.js';
import { loadModel } from '../onnx/load.js';
import { writeModel } from '../onnx/write-file.js';
import { checkOutputFile } from '../output-file.js';
import { silentProgress, type Progress } from '../progress.js';
import { compareOutputs, type OutputDistance } from '../runtime/compare-outputs.js';
import { measureSpeed, type SpeedMeasure } from '../runtime/measure-speed.js';
import { refuseCrashing } from '../runtime/refuse-crashing.js';
import { withTemporaryFolder } from '../runtime/temporary-folder.js';
import type { Budget } from './budget.js';
import { batchNormScales } from './channels/scores/batch-norm.js';
import { gzipBytes } from './file-facts.js';
import { layersOf } from './layer.js';
import { prepareForPruning } from './prepare.js';
import { copyModel } from './repair/part.js';
import { checkBudget, checkReached, countReached, type Reached } from './reached.js';
import { checkRequest, type PruneRequest } from './request.js';
import type { FileRecord, PruneResult } from './result.js';
import { schemeNamed } from './schemes/list.js';
import type { Scheme, SchemeReport } from './schemes/scheme.js';

/** Samples on which the outputs of artifact and original are compared. */
const comparedSamples = 16;

/** A tenth of the outputs' power: below this an artifact is seldom of use as it is. */
const leastSqnr = 10;

/**
 * Makes weights zero or cuts channels, repairs what stays from unlabelled samples, writes the model and says
 * what came of it: the whole of `infer-opt prune`. Throws `usage` for an unknown scheme or a wrong ratio,
 * `model` when there is nothing to prune or the ratio cannot be reached, with how far it could go.
 */
export async function pruneModel(request: PruneRequest): Promise<PruneResult> {
  const scheme = schemeNamed(request.scheme);
  const budget = checkRequest(request, scheme);
  await checkOutputFile(request.output, [request.model]);
  const checkInput = await rememberInput(request.model);
  const original = await loadModel(request.model);
  const notRun = tooLargeToRun(original);
  refuseRunning(request, scheme, notRun);
  if (notRun === undefined) await refuseCrashing(request.model, request.signal);
  const dataset = await openDataset(request.data, inputSpecs(original), request.dataset);
  return withTemporaryFolder((folder) =>
    new Job(request, { scheme, budget, dataset, folder, checkInput, notRun }).run(original),
  );
}

/** Throws `usage` where a model would have to be run that is too large for it. */
function refuseRunning(request: PruneRequest, scheme: Scheme, notRun: string | undefined): void {
  if (notRun === undefined || (scheme.counts === 'weights' && request.repair === false)) return;
  throw new InferOptError('usage', `${request.model} is not run: ${notRun}`, {
    hint: 'what needs no run is --scheme magnitude (or N:M) with --no-repair',
  });
}

class Job {
  readonly #request: PruneRequest;
  readonly #scheme: Scheme;
  readonly #budget: Budget | undefined;
  readonly #dataset: Dataset;
  readonly #folder: string;
  readonly #progress: Progress;
  readonly #threads: number;
  readonly #checkInput: () => Promise<void>;
  /** Why neither the original nor what is made of it is run; undefined for models of common size. */
  readonly #notRun: string | undefined;

  constructor(
    request: PruneRequest,
    given: {
      readonly scheme: Scheme;
      readonly budget: Budget | undefined;
      readonly dataset: Dataset;
      readonly folder: string;
      readonly checkInput: () => Promise<void>;
      readonly notRun: string | undefined;
    },
  ) {
    this.#checkInput = given.checkInput;
    this.#notRun = given.notRun;
    this.#request = request;
    this.#scheme = given.scheme;
    this.#budget = given.budget;
    this.#dataset = given.dataset;
    this.#folder = given.folder;
    this.#progress = request.progress ?? silentProgress;
    this.#threads = request.threads ?? 1;
  }

  async run(original: Model): Promise<PruneResult> {
    const request = this.#request;
    const { pruned, report } = await this.#pruned(original);
    const file = path.join(this.#folder, 'pruned.onnx');
    if (pruned !== original) pruned.irVersion = Math.max(pruned.irVersion, lowestIrVersion(pruned));
    verifyModel(pruned);
    // A large one is not written twice.
    if (this.#notRun === undefined) await writeModel(pruned, file);
    const written = this.#notRun === undefined ? await loadModel(file) : pruned;
    const { inputs } = await this.#dataset.calibrate.get(0);
    const asked = { model: request.model, scheme: this.#scheme, ratio: request.ratio, budget: this.#budget };
    const prepared = (): Promise<Model> => this.#prepared();
    const reached = await countReached(original, written, inputs, prepared, this.#scheme);
    checkReached(asked, reached, report);
    const runs = this.#notRun === undefined;
    const outputs = runs ? await this.#compare(file) : null;
    const measured = request.measure === false || !runs ? null : await this.#measure(file);
    const spent = this.#budget && checkBudget(asked, this.#budget, reached, measured?.speedup);
    await this.#checkInput();
    await writeModel(pruned, request.output, request.signal === undefined ? {} : { signal: request.signal });
    const artifact = runs ? written : await loadModel(request.output);
    return this.#result(original, artifact, report, { reached, outputs, measured, spent });
  }

  /** The model itself where nothing is asked of it: its outputs then stay the same to the last bit. */
  async #pruned(original: Model): Promise<{ pruned: Model; report: SchemeReport }> {
    const { ratio } = this.#request;
    if (this.#scheme.takesRatio && (ratio ?? 0) === 0 && (this.#budget?.share ?? 1) === 1) {
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
      budget: this.#budget,
      score: this.#request.score,
      batchNorms: batchNormScales(original),
      latencyOf: (model) => this.#latencyOf(model),
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

  #compare(file: string): Promise<OutputDistance> {
    return compareOutputs(this.#request.model, file, this.#dataset.calibrate, {
      threads: this.#threads,
      limit: comparedSamples,
      progress: this.#progress,
    });
  }

  /** As a share of the original's. */
  async #latencyOf(model: Model): Promise<number> {
    const file = path.join(this.#folder, 'tried.onnx');
    model.irVersion = Math.max(model.irVersion, lowestIrVersion(model));
    await writeModel(model, file);
    return 1 / (await this.#measure(file)).speedup;
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
    const { reached, outputs, measured, spent } = found;
    const { macs, zeros, parameters, pattern } = reached;
    const compressed = this.#notRun === undefined;
    const input = await fileRecord(model, original, compressed);
    const artifact = await fileRecord(output, written, compressed);
    const share =
      this.#scheme.counts === 'weights' ? zeros.after : macs === null ? 0 : 1 - macs.after / macs.before;
    return {
      schema: 'infer-opt/prune@1',
      scheme: this.#scheme.name,
      ratio: this.#scheme.takesRatio && ratio !== undefined ? { asked: ratio, reached: share } : null,
      budget:
        this.#budget === undefined || spent === undefined
          ? null
          : { of: this.#budget.of, asked: this.#budget.share, reached: spent },
      input,
      output: { ...artifact, size_ratio: artifact.bytes / input.bytes },
      zeros,
      pattern:
        pattern === null
          ? null
          : { name: this.#scheme.name, ...pattern, holds: pattern.holding === pattern.eligible },
      macs,
      parameters,
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

  #warnings(report: SchemeReport, outputs: OutputDistance | null, measured: SpeedMeasure | null): string[] {
    const warnings = [...report.warnings];
    if (this.#notRun !== undefined) warnings.push(`outputs were not compared: ${this.#notRun}`);
    if (report.repaired !== null && this.#request.data === undefined) {
      warnings.push(
        'the repair learned from made-up inputs: give --data, or the artifact will not be accurate',
      );
    }
    // As it is told: 0.998 is a draw.
    if (measured !== null && Math.round(measured.speedup * 100) < 100) {
      warnings.push(`the artifact is slower than the original: ${measured.speedup.toFixed(2)}x`);
    }
    const sqnr = outputs?.sqnr_db ?? null;
    if (sqnr !== null && !(sqnr >= leastSqnr)) {
      const lost = `the outputs are far from the original's (SQNR ${sqnr.toFixed(1)} dB)`;
      const advice = this.#request.repair === false ? 'repair it (without --no-repair), ' : '';
      warnings.push(`${lost}: ${advice}prune less, or train what stays with "infer-opt distill"`);
    }
    return warnings;
  }
}

interface Found {
  readonly reached: Reached;
  /** What is left of what the budget is about; undefined without one. */
  readonly spent: number | undefined;
  readonly outputs: OutputDistance | null;
  readonly measured: SpeedMeasure | null;
}

/** The model's file and its data files together. */
async function fileRecord(file: string, model: Model, compressed: boolean): Promise<FileRecord> {
  let bytes = 0;
  let gzip = 0;
  for (const one of [file, ...externalFiles(model)]) {
    bytes += (await stat(one)).size;
    if (compressed) gzip += await gzipBytes(one);
  }
  return {
    path: file,
    bytes,
    gzip_bytes: compressed ? gzip : null,
    opset: model.opset,
  };
}
