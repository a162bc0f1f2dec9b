import { stat } from 'node:fs/promises';
import { openDataset, type Dataset } from '../data/dataset.js';
import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { inputSpecs } from '../ir/tensor-inputs.js';
import { verifyModel } from '../ir/verify.js';
import { lowestIrVersion } from '../onnx/ir-version.js';
import { loadModel } from '../onnx/load.js';
import { writeModel } from '../onnx/write-file.js';
import { checkOutputFile } from '../output-file.js';
import { silentProgress, type Progress } from '../progress.js';
import { prepareForPruning } from '../prune/prepare.js';
import { copyModel } from '../prune/repair/part.js';
import { Exclusions } from '../quantize/exclude.js';
import { seededRandom, shuffled } from '../tensor/random.js';
import type { Tensor } from '../tensor/tensor.js';
import { top1Of } from './accuracy.js';
import { chooseAugmentations } from './choose-augmentations.js';
import { convolutionSites } from './convolution-sites.js';
import { firstNotFinite } from './diagnose.js';
import { chooseForms } from './gradients/convolution/choose.js';
import { checkGradients } from './check-gradients.js';
import { batchedModel } from './graph/batched.js';
import { buildTrainingGraph } from './graph/training-graph.js';
import { judge, lessonsOf, type Judgement, type Lesson } from './judge.js';
import { trainingLoop, type LoopReport } from './loop/loop.js';
import { masksOf } from './masks.js';
import { matchOutputs } from './match-outputs.js';
import { Network, withOutputs } from './network.js';
import { optimizerNamed } from './optimizers/list.js';
import { parametersOf, type Parameter } from './parameters.js';
import { drawWeights } from './random-weights.js';
import type { DistillRequest } from './request.js';
import type { DistillResult } from './result.js';
import { SampleStore } from './samples.js';
import { TrainingStep } from './step.js';
import { Teaching } from './teaching.js';
import { termsOf } from './choose-terms.js';
import type { LossTerm } from './terms.js';

export type { DistillRequest } from './request.js';

const defaults = { batch: 32, temperature: 2, decay: 0, clip: 5, holdBack: 0.1, seed: 1 };

/** Samples held back at most. */
const mostHeldBack = 256;

/** Decoded samples and what the teacher says about them are kept up to so many bytes, each. */
const keptBytes = 2 ** 30;

/**
 * Trains a student to give what its teacher gives, on unlabelled samples, and writes the best weights that were
 * found: the whole of `infer-opt distill`. Throws `usage` without data or an end, `model` when student and teacher
 * are not alike or an operator has no gradient.
 */
export async function distillModel(request: DistillRequest): Promise<DistillResult> {
  if (request.timeMs === undefined && request.epochs === undefined) {
    throw new InferOptError('usage', 'nothing says how long to train', {
      hint: 'give --time 10m or --epochs 50',
    });
  }
  if (request.data === undefined) {
    throw new InferOptError('usage', 'there is nothing to learn from', {
      hint: 'give --data DATASET: samples like those that the model will see; labels are not needed',
    });
  }
  await checkOutputFile(request.output, [request.student, request.teacher]);
  const student = await loadModel(request.student);
  const teacher = await loadModel(request.teacher);
  const dataset = await openDataset(request.data, inputSpecs(student), request.dataset);
  return new Job(request, student, teacher, dataset).run();
}

class Job {
  readonly #request: DistillRequest;
  readonly #student: Model;
  readonly #teacher: Model;
  readonly #dataset: Dataset;
  readonly #progress: Progress;
  readonly #threads: number;
  readonly #seed: number;
  readonly #warnings: string[] = [];

  constructor(request: DistillRequest, student: Model, teacher: Model, dataset: Dataset) {
    this.#request = request;
    this.#student = student;
    this.#teacher = teacher;
    this.#dataset = dataset;
    this.#progress = request.progress ?? silentProgress;
    this.#threads = request.threads ?? 1;
    this.#seed = request.seed ?? request.dataset?.seed ?? defaults.seed;
  }

  async run(): Promise<DistillResult> {
    const request = this.#request;
    const student = this.#student;
    await prepareForPruning(student);
    await prepareForPruning(this.#teacher);
    const pairs = matchOutputs(student, this.#teacher);
    const samples = new SampleStore(this.#dataset.calibrate, keptBytes);
    const { learned, heldBack } = this.#split(samples.size);
    const sample = await samples.inputs(0);
    const batch = Math.min(request.batch ?? defaults.batch, learned.length);

    const exclusions = new Exclusions(request.freeze ?? []);
    const all = parametersOf(student);
    const trained = parametersOf(student, exclusions.excludes);
    for (const pattern of exclusions.unused()) this.#warnings.push(`--freeze ${pattern} fits no node`);
    this.#checkTrained(trained);
    if (request.initialize === true) drawWeights(trained, this.#seed);
    const masks = request.initialize === true ? new Map<string, Tensor>() : masksOf(trained);

    const teacherNetwork = await Network.open(
      this.#teacher,
      pairs.map((pair) => pair.teacher.name),
      this.#teacherInputs(sample),
      { batch, threads: this.#threads },
    );
    const ask = (inputs: ReadonlyMap<string, Tensor>) => teacherNetwork.run(this.#teacherInputs(inputs));
    try {
      const lessons = await lessonsOf(
        ask,
        samples,
        heldBack.length > 0 ? heldBack : learned.slice(0, mostHeldBack),
      );
      const terms = termsOf(
        pairs,
        lessons,
        request.loss ?? 'auto',
        request.temperature ?? defaults.temperature,
      );
      const augmentations = await chooseAugmentations(request.augment ?? 'auto', lessons, ask);
      const optimizer = optimizerNamed(request.optimizer ?? 'adam');
      const judged = heldBack.length > 0 ? lessons : [];
      const judgeWeights = async (weights: ReadonlyMap<string, Tensor>): Promise<Judgement> => {
        if (judged.length === 0) return { loss: NaN, agreement: null };
        return judge(withWeights(student, weights), terms, judged, sample, this.#threads);
      };
      const before = await judgeWeights(new Map());

      const marked = withOutputs(
        copyModel(student),
        terms.map((term) => term.student),
      );
      await this.#checkBatch(student, terms, sample, batch);
      const batched = await batchedModel(marked, sample, batch);
      checkGradients(batched, new Set(trained.map(({ value }) => value.name)));
      const sites = convolutionSites(batched);
      const forms = await chooseForms(
        sites.map(({ site }) => site),
        this.#threads,
      );
      const chosen = sites.map(({ node, site }) => ({
        node: node.label,
        weight: forms.weight(site).name,
        image: forms.image(site).name,
      }));
      const rate = request.rate ?? optimizer.rate;
      const graph = buildTrainingGraph(batched, {
        optimizer,
        terms,
        forms,
        parameters: trained.map(({ value }) => value.name),
        masks,
        clip: request.clip ?? defaults.clip,
      });
      const step = await TrainingStep.open(graph, this.#threads);
      const teaching = new Teaching(teacherNetwork, augmentations.length === 0, keptBytes);
      const progress = this.#progress.start('Training', this.#totalSteps(learned.length, batch));
      let report: LoopReport;
      try {
        report = await trainingLoop({
          step,
          optimizer,
          samples,
          indices: learned,
          batch,
          augmentations,
          teach: (inputs, indices) => teaching.targets(this.#teacherInputs(inputs), indices),
          judge: judgeWeights,
          limit: { milliseconds: request.timeMs, epochs: request.epochs },
          rate,
          decay: request.decay ?? defaults.decay,
          seed: this.#seed,
          patience: request.patience,
          progress,
          signal: request.signal,
        });
        await this.#tellFailure(report, step);
      } finally {
        progress.done();
        await step.close();
      }
      const distilled = withWeights(student, report.best.weights);
      await this.#write(distilled);
      const evaluated =
        report.stopped === 'interrupted'
          ? null
          : await this.#evaluate(student, distilled, terms, ask, sample);
      return {
        schema: 'infer-opt/distill@1',
        student: await fileRecord(request.student),
        teacher: await fileRecord(request.teacher),
        output: await fileRecord(request.output),
        data: {
          name: this.#dataset.name,
          learned: learned.length,
          held_back: heldBack.length,
          evaluated: evaluated?.samples ?? 0,
        },
        training: {
          loss: terms.map((term) => ({ name: term.loss.name, student: term.student, teacher: term.teacher })),
          temperature: request.temperature ?? defaults.temperature,
          optimizer: optimizer.name,
          rate,
          batch,
          augmentations: augmentations.map(({ name }) => name),
          quantization: null,
          steps: report.steps,
          epochs: report.epochs,
          seconds: report.seconds,
          stopped: report.stopped,
          best_step: report.best.step,
          parameters: { trained: sizeOf(trained), frozen: sizeOf(all) - sizeOf(trained) },
          masks: {
            weights: masks.size,
            zeros: [...masks.values()].reduce((sum, mask) => sum + mask.size - ones(mask), 0),
          },
          forms: chosen,
        },
        held_back: judged.length === 0 ? null : { before, after: likeness(report.best) },
        evaluated,
        warnings: this.#warnings,
        hints: [],
      };
    } finally {
      await teacherNetwork.close();
    }
  }

  /** Numbers of the samples to learn from and of those that choose the best weights. */
  #split(size: number): { learned: number[]; heldBack: number[] } {
    if (size === 0) {
      throw new InferOptError('data', `${this.#dataset.name} has no calibration samples to learn from`, {
        hint: 'give --split calibrate=N or --samples N',
      });
    }
    const order = shuffled(size, seededRandom(this.#seed));
    const share = this.#request.holdBack ?? defaults.holdBack;
    const count = Math.min(mostHeldBack, Math.floor(share * size));
    if (count === 0) this.#warnings.push('no samples are held back: the last weights are taken for the best');
    return { heldBack: order.slice(0, count), learned: order.slice(count) };
  }

  #checkTrained(trained: readonly Parameter[]): void {
    if (trained.length > 0) return;
    throw new InferOptError('model', `${this.#request.student} has no float32 weights to train`, {
      hint: 'a quantized model is trained before it is quantized; --freeze may have left nothing',
    });
  }

  /** The same samples under the teacher's names. */
  #teacherInputs(inputs: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
    const names = this.#teacher.graph.requiredInputs.map(({ name }) => name);
    const own = this.#student.graph.requiredInputs.map(({ name }) => name);
    if (names.length !== own.length) {
      throw new InferOptError(
        'model',
        `the student has ${own.length} inputs and the teacher ${names.length}`,
        {
          hint: 'a student takes what its teacher takes',
        },
      );
    }
    const byName = names.every((name) => own.includes(name));
    return new Map(names.map((name, place) => [name, inputs.get(byName ? name : own[place]!)!]));
  }

  async #checkBatch(
    student: Model,
    terms: readonly LossTerm[],
    sample: ReadonlyMap<string, Tensor>,
    batch: number,
  ): Promise<void> {
    const names = terms.map((term) => term.student);
    const network = await Network.open(student, names, sample, { batch, threads: this.#threads });
    await network.close();
    if (network.batch === batch) return;
    throw new InferOptError(
      'model',
      `${this.#request.student} gives other numbers for a batch than for single samples`,
      {
        hint: 'train with --batch 1, or export it with an open batch',
      },
    );
  }

  #totalSteps(learned: number, batch: number): number | undefined {
    const { epochs } = this.#request;
    return epochs === undefined ? undefined : epochs * Math.max(1, Math.floor(learned / batch));
  }

  async #tellFailure({ stopped, failure, best }: LoopReport, step: TrainingStep): Promise<void> {
    if (stopped !== 'not-finite' || failure === undefined) return;
    const where = await firstNotFinite(
      step.graph,
      step.feeds(failure.inputs, failure.targets, failure.rates),
    );
    this.#warnings.push(
      `training stopped at step ${failure.step}: ${where}; the best weights before, of step ${best.step}, were written. Try a smaller --rate`,
    );
  }

  async #write(model: Model): Promise<void> {
    model.irVersion = Math.max(model.irVersion, lowestIrVersion(model));
    verifyModel(model);
    // Not with the signal: what was reached before an interruption is worth keeping.
    await writeModel(model, this.#request.output);
  }

  async #evaluate(
    before: Model,
    after: Model,
    terms: readonly LossTerm[],
    ask: (inputs: ReadonlyMap<string, Tensor>) => Promise<Tensor[]>,
    sample: ReadonlyMap<string, Tensor>,
  ): Promise<DistillResult['evaluated']> {
    const samples = new SampleStore(this.#dataset.evaluate, keptBytes);
    if (samples.size === 0) return null;
    const all = Array.from({ length: samples.size }, (_, index) => index);
    const lessons: Lesson[] = await lessonsOf(ask, samples, all);
    const found = {
      before: await judge(before, terms, lessons, sample, this.#threads),
      after: await judge(after, terms, lessons, sample, this.#threads),
    };
    const scores = terms.find(({ loss }) => loss.name === 'soft');
    const top1 =
      scores === undefined || !this.#dataset.labelled
        ? undefined
        : {
            teacher: await top1Of(
              this.#teacher,
              scores.teacher,
              samples,
              this.#teacherInputs(sample),
              this.#threads,
            ),
            before: await top1Of(before, scores.student, samples, sample, this.#threads),
            after: await top1Of(after, scores.student, samples, sample, this.#threads),
          };
    const complete = top1?.teacher !== undefined && top1.before !== undefined && top1.after !== undefined;
    return {
      samples: samples.size,
      top1: complete ? { teacher: top1.teacher!, before: top1.before!, after: top1.after! } : null,
      agreement:
        found.before.agreement === null || found.after.agreement === null
          ? null
          : { before: found.before.agreement, after: found.after.agreement },
      loss: { before: found.before.loss, after: found.after.loss },
    };
  }
}

function withWeights(model: Model, weights: ReadonlyMap<string, Tensor>): Model {
  const copy = copyModel(model);
  for (const [name, tensor] of weights) {
    const value = copy.graph.get(name);
    if (value?.constant === undefined)
      throw new InferOptError('internal', `the student has no weight ${name}`);
    value.constant = tensor;
  }
  return copy;
}

function likeness({ loss, agreement }: Judgement): Judgement {
  return { loss, agreement };
}

function sizeOf(parameters: readonly Parameter[]): number {
  return parameters.reduce((sum, { value }) => sum + value.constant.size, 0);
}

function ones(mask: Tensor): number {
  return mask.toFloat32().reduce((sum, one) => sum + one, 0);
}

async function fileRecord(path: string): Promise<{ path: string; bytes: number }> {
  return { path, bytes: (await stat(path)).size };
}
