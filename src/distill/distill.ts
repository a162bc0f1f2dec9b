import { freemem } from 'node:os';
import { openDataset, type Dataset } from '../data/dataset.js';
import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { inputSpecs } from '../ir/tensor-inputs.js';
import { verifyModel } from '../ir/verify.js';
import { lowestIrVersion } from '../onnx/ir-version.js';
import { loadModel } from '../onnx/load.js';
import { writeModel } from '../onnx/write-file.js';
import { checkOutputFile } from '../output-file.js';
import { silentProgress } from '../progress.js';
import { prepareForPruning } from '../prune/prepare.js';
import { copyModel } from '../prune/repair/part.js';
import { Exclusions } from '../quantize/exclude.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkRequest } from './check-request.js';
import { chooseAugmentations } from './choose-augmentations.js';
import { termsOf } from './choose-terms.js';
import { fingerprintOf, loadCheckpoint, removeCheckpoint, saveCheckpoint } from './checkpoint.js';
import { defaults, keptBytes, memoryShares, mostHeldBack } from './defaults.js';
import { describeTraining } from './describe-training.js';
import { evaluateStudent } from './evaluate-student.js';
import { fakeQuantizationNamed } from './fake-quantization/list.js';
import { firstNotFinite } from './diagnose.js';
import { hintTerms } from './hints.js';
import { judge, lessonsOf, type Judgement } from './judge.js';
import { trainingLoop, type LoopOptions, type LoopReport } from './loop/loop.js';
import { labelTerm, withLabels } from './labels.js';
import { masksOf } from './masks.js';
import { matchOutputs } from './match-outputs.js';
import type { NetworkOptions } from './network.js';
import { optimizerNamed } from './optimizers/list.js';
import { parametersOf, type Parameter } from './parameters.js';
import { prepareStep, type PreparedStep } from './prepare-step.js';
import { drawWeights } from './random-weights.js';
import type { DistillRequest } from './request.js';
import type { DistillResult } from './result.js';
import { Teacher, type OpenTeacher } from './teacher.js';
import { Teaching } from './teaching.js';
import { roundWeights, sizeOf, withWeights } from './student-weights.js';
import type { LossTerm } from './terms.js';
import { trainingData, type TrainingData } from './training-data.js';

export type { DistillRequest } from './request.js';

/** Samples on which channels of student and teacher are compared. */
const comparedSamples = 64;

/**
 * Trains a student to give what its teacher gives, on unlabelled samples, and writes the best weights that were
 * found: the whole of `infer-opt distill`. Throws `usage` without data or an end, `model` when student and teacher
 * are not alike or an operator has no gradient.
 */
export async function distillModel(request: DistillRequest): Promise<DistillResult> {
  checkRequest(request);
  await checkOutputFile(request.output, [request.student, request.teacher]);
  const student = await loadModel(request.student);
  const teacher = await loadModel(request.teacher);
  const dataset = await openDataset(request.data, inputSpecs(student), request.dataset);
  await prepareForPruning(student);
  await prepareForPruning(teacher);
  const seed = request.seed ?? request.dataset?.seed ?? defaults.seed;
  const data = await trainingData(dataset, request.holdBack ?? defaults.holdBack, seed);
  return new Job(request, student, new Teacher(teacher, student), { dataset, data, seed }).run();
}

class Job {
  readonly #request: DistillRequest;
  readonly #student: Model;
  readonly #teacher: Teacher;
  readonly #dataset: Dataset;
  readonly #data: TrainingData;
  readonly #threads: number;
  readonly #batch: number;
  /** What all values of the training may need at once, in bytes. */
  readonly #memory: number;
  readonly #seed: number;
  readonly #warnings: string[] = [];

  constructor(
    request: DistillRequest,
    student: Model,
    teacher: Teacher,
    { dataset, data, seed }: { dataset: Dataset; data: TrainingData; seed: number },
  ) {
    this.#request = request;
    this.#student = student;
    this.#teacher = teacher;
    this.#dataset = dataset;
    this.#data = data;
    this.#threads = request.threads ?? 1;
    this.#batch = Math.min(request.batch ?? defaults.batch, data.learned.length);
    this.#memory = request.memoryBytes ?? defaults.memoryShare * freemem();
    this.#seed = seed;
  }

  async run(): Promise<DistillResult> {
    const pairs = matchOutputs(this.#student, this.#teacher.model);
    const parameters = this.#parameters();
    const { initialize } = this.#request;
    if (initialize === true) drawWeights(parameters.trained, this.#seed);
    const masks = initialize === true ? new Map<string, Tensor>() : masksOf(parameters.trained);
    const values = pairs.map((pair) => pair.teacher.name);
    const answers = await this.#teacher.open(values, this.#data.sample, this.#sizes);
    try {
      return await this.#train(pairs, answers, { ...parameters, masks });
    } finally {
      await answers.close();
    }
  }

  /** How networks are run that answer beside the training step. */
  get #sizes(): NetworkOptions {
    return {
      batch: this.#batch,
      threads: this.#threads,
      memory: memoryShares.network * this.#memory,
    };
  }

  /** What is trained, and how many numbers are not. */
  #parameters(): { trained: Parameter[]; frozen: number } {
    const { freeze = [], student } = this.#request;
    const exclusions = new Exclusions(freeze);
    const trained = parametersOf(this.#student, exclusions.excludes);
    for (const pattern of exclusions.unused()) this.#warnings.push(`--freeze ${pattern} fits no node`);
    if (trained.length === 0) {
      throw new InferOptError('model', `${student} has no float32 weights to train`, {
        hint: 'a quantized model is trained before it is quantized; --freeze may have left nothing',
      });
    }
    return { trained, frozen: sizeOf(parametersOf(this.#student)) - sizeOf(trained) };
  }

  async #train(
    pairs: ReturnType<typeof matchOutputs>,
    answers: OpenTeacher,
    weights: { trained: Parameter[]; frozen: number; masks: Map<string, Tensor> },
  ): Promise<DistillResult> {
    const request = this.#request;
    const { samples, sample, learned, heldBack } = this.#data;
    const ask = (inputs: ReadonlyMap<string, Tensor>) => answers.run(inputs);
    const some = heldBack.length > 0 ? heldBack : learned.slice(0, mostHeldBack);
    const lessons = await lessonsOf(ask, samples, some);
    const temperature = request.temperature ?? defaults.temperature;
    const terms = termsOf(pairs, lessons, request.loss ?? 'auto', temperature);
    const suitable = await chooseAugmentations(request.augment ?? 'auto', lessons, ask);
    const labelled = (request.labelWeight ?? 0) > 0;
    const augmentations = suitable.filter(({ mixes }) => !(labelled && mixes === true));
    const optimizer = optimizerNamed(request.optimizer ?? 'adam');
    const rate = request.rate ?? optimizer.rate;
    const { trainee, guide, goals } = await this.#goals(terms);
    const quantization = request.round === undefined ? undefined : fakeQuantizationNamed(request.round);
    const finished = (changed: ReadonlyMap<string, Tensor>): Model => {
      const model = withWeights(this.#student, changed);
      if (quantization !== undefined) roundWeights(model, quantization, weights.trained);
      return model;
    };
    const judgeWeights = async (changed: ReadonlyMap<string, Tensor>): Promise<Judgement> => {
      if (heldBack.length === 0) return { loss: NaN, agreement: null };
      return judge(finished(changed), terms, lessons, sample, this.#sizes);
    };
    if (heldBack.length === 0)
      this.#warnings.push('no samples are held back: the last weights are taken for the best');
    const before = await judgeWeights(new Map());
    const prepared = await prepareStep(trainee, sample, {
      ...this.#sizes,
      optimizer,
      terms: goals,
      parameters: weights.trained.map(({ value }) => value.name),
      masks: weights.masks,
      quantization,
      clip: request.clip ?? defaults.clip,
      memory: this.#memory,
      teacher: (batch) => this.#teacher.memory(namesOf(goals), sample, batch, guide),
    });
    const report = await this.#loop(prepared, guide, goals, {
      optimizer,
      augmentations,
      rate,
      judge: judgeWeights,
    });
    const best = report.best ?? { ...before, step: 0, weights: new Map<string, Tensor>() };
    this.#compareHeldBack(before, best);
    const distilled = finished(best.weights);
    await this.#write(distilled);
    const evaluated =
      report.stopped === 'interrupted'
        ? null
        : await evaluateStudent(
            { before: this.#student, after: distilled },
            this.#teacher,
            answers,
            this.#dataset,
            sample,
            { terms, ...this.#sizes },
          );
    return describeTraining({
      files: request,
      dataset: this.#dataset.name,
      learned: learned.length,
      heldBack: heldBack.length,
      settings: {
        goals,
        temperature,
        optimizer: optimizer.name,
        rate,
        batch: this.#batch,
        rounding: quantization?.name ?? null,
        augmentations: augmentations.map(({ name }) => name),
      },
      prepared,
      report,
      weights,
      before,
      best,
      evaluated,
      warnings: this.#warnings,
    });
  }

  /** Copies of both models with what inner values are compared by, and all terms of the loss. */
  async #goals(terms: readonly LossTerm[]): Promise<{ trainee: Model; guide: Model; goals: LossTerm[] }> {
    const { samples, sample, learned } = this.#data;
    const trainee = copyModel(this.#student);
    const guide = copyModel(this.#teacher.model);
    // Channels that were drawn at random are no one's.
    const { initialize, hintWeight, labelWeight = 0 } = this.#request;
    const weight = hintWeight ?? (initialize === true ? 0 : defaults.hintWeight);
    const known = labelWeight === 0 ? terms : [...terms, labelTerm(terms, labelWeight)];
    if (weight === 0) return { trainee, guide, goals: [...known] };
    const inputs = await samples.batch(learned.slice(0, comparedSamples));
    const settings = { inputs, sample, weight, ...this.#sizes, memory: memoryShares.trial * this.#memory };
    return {
      trainee,
      guide,
      goals: [...known, ...(await hintTerms(trainee, guide, this.#teacher, settings))],
    };
  }

  async #loop(
    { step, parts }: PreparedStep,
    guide: Model,
    goals: readonly LossTerm[],
    options: Pick<LoopOptions, 'optimizer' | 'augmentations' | 'rate' | 'judge'>,
  ): Promise<LoopReport> {
    const request = this.#request;
    const { samples, sample, learned } = this.#data;
    const { epochs, timeMs } = request;
    // As much as was planned for it together with the step.
    const sizes = { ...this.#sizes, batch: this.#batch / parts, memory: memoryShares.step * this.#memory };
    const answers = await this.#teacher.open(namesOf(goals), sample, sizes, guide);
    const teaching = new Teaching(answers, options.augmentations.length === 0, keptBytes);
    const perEpoch = Math.max(1, Math.floor(learned.length / this.#batch));
    const progress = (request.progress ?? silentProgress).start(
      'Training',
      epochs === undefined ? undefined : epochs * perEpoch,
    );
    const { checkpoint } = request;
    const fingerprint = this.#fingerprint(goals, options);
    try {
      const saved = checkpoint === undefined ? undefined : await loadCheckpoint(checkpoint, fingerprint);
      if (saved !== undefined) step.state = saved.state;
      const report = await trainingLoop({
        ...options,
        resume: saved?.loop,
        onRest: async (loop) => {
          if (checkpoint !== undefined)
            await saveCheckpoint(checkpoint, { state: step.state, loop }, fingerprint);
        },
        step,
        samples,
        indices: learned,
        batch: this.#batch,
        teach: async (inputs, indices) =>
          withLabels(goals, await teaching.targets(inputs, indices), samples, indices),
        limit: { milliseconds: timeMs, epochs },
        decay: request.decay ?? defaults.decay,
        seed: this.#seed,
        patience: request.patience,
        progress,
        signal: request.signal,
      });
      if (checkpoint !== undefined && report.stopped !== 'interrupted') await removeCheckpoint(checkpoint);
      const { failure, best } = report;
      if (failure !== undefined) {
        const feeds = step.feeds(failure.part, failure.rates);
        const kept = best === undefined ? 'from before the training' : `of step ${best.step}`;
        this.#warnings.push(
          `training stopped at step ${failure.step}: ${await firstNotFinite(step.graph, feeds)}; the best weights before, ${kept}, were written. Try a smaller --rate`,
        );
      }
      return report;
    } finally {
      progress.done();
      await step.close();
      await answers.close();
    }
  }

  /** What must be the same for a training to be gone on with. */
  #fingerprint(
    goals: readonly LossTerm[],
    { optimizer, augmentations, rate }: Pick<LoopOptions, 'optimizer' | 'augmentations' | 'rate'>,
  ): string {
    const { epochs, timeMs, decay, clip, freeze, round } = this.#request;
    return fingerprintOf({
      data: [this.#dataset.sha256, this.#data.learned.length, this.#data.heldBack.length],
      goals: goals.map(({ student, loss, settings, weight }) => [student, loss.name, settings, weight]),
      names: [optimizer.name, ...augmentations.map(({ name }) => name)],
      numbers: [rate, decay, clip, this.#batch, this.#seed, epochs, timeMs],
      patterns: [freeze, round],
    });
  }

  #compareHeldBack(before: Judgement, after: Judgement): void {
    if (!(after.loss > before.loss)) return;
    this.#warnings.push(
      `on the samples held back the loss grew from ${before.loss.toPrecision(3)} to ${after.loss.toPrecision(3)}: ` +
        'either what made the student (a repair, say) has seen them, or the training was too short or too fast',
    );
  }

  async #write(model: Model): Promise<void> {
    model.irVersion = Math.max(model.irVersion, lowestIrVersion(model));
    verifyModel(model);
    // Not with the signal: what was reached before an interruption is worth keeping.
    await writeModel(model, this.#request.output);
  }
}

/** What the teacher is asked for: all terms but those that labels answer. */
function namesOf(goals: readonly LossTerm[]): string[] {
  return goals.filter(({ labelled }) => labelled !== true).map((term) => term.teacher);
}
