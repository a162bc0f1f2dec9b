import { InferOptError } from '../../errors.js';
import type { ProgressStep } from '../../progress.js';
import { seededRandom, shuffled } from '../../tensor/random.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Augmentation } from '../augment/augmentation.js';
import { imageBatchOf } from '../augment/image-batch.js';
import type { Judgement } from '../judge.js';
import { scheduleAt } from '../optimizers/schedule.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { SampleStore } from '../samples.js';
import type { PartOfBatch, StepRates, StepReport, TrainingStep } from '../step.js';

export interface LoopOptions {
  readonly step: TrainingStep;
  readonly optimizer: Optimizer;
  readonly samples: SampleStore;
  /** Numbers of the samples to learn from. */
  readonly indices: readonly number[];
  readonly batch: number;
  readonly augmentations: readonly Augmentation[];
  /** What the teacher gives for some samples, one tensor a term. */
  readonly teach: (
    inputs: ReadonlyMap<string, Tensor>,
    indices: readonly number[],
  ) => Promise<readonly Tensor[]>;
  /** Judges weights on samples that are held back. */
  readonly judge: (weights: ReadonlyMap<string, Tensor>) => Promise<Judgement>;
  /** Ends by whichever comes first. */
  readonly limit: { readonly milliseconds?: number | undefined; readonly epochs?: number | undefined };
  readonly rate: number;
  readonly decay: number;
  readonly seed: number;
  /** Judgements without a better one after which it ends. */
  readonly patience?: number | undefined;
  readonly progress: ProgressStep;
  readonly signal?: AbortSignal | undefined;
  /** Where a loop that was stopped goes on. */
  readonly resume?: LoopState | undefined;
  /** Told after every judgement but the last, and when it is interrupted: from here it can go on. */
  readonly onRest?: ((state: LoopState) => Promise<void>) | undefined;
}

/** All that a loop needs to go on as if it had not been stopped. */
export interface LoopState {
  readonly steps: number;
  readonly milliseconds: number;
  /** Undefined before anything was judged. */
  readonly best: Best | undefined;
  /** Judgements since the best one. */
  readonly waited: number;
}

export interface Best extends Judgement {
  readonly step: number;
  readonly weights: ReadonlyMap<string, Tensor>;
}

export interface LoopReport {
  /** Of the weights that were trained; undefined where it ended before any were judged. */
  readonly best: Best | undefined;
  readonly steps: number;
  readonly epochs: number;
  readonly seconds: number;
  readonly stopped: 'finished' | 'patience' | 'interrupted' | 'not-finite';
  /** Where loss or gradients were not finite: the step from 1, and the part of its batch. */
  readonly failure?: { readonly step: number; readonly part: PartOfBatch; readonly rates: StepRates };
  readonly lastLoss: number;
}

/** Judgements over the whole training. */
const judgements = 25;

/** Trains until time or epochs are over and hands out the best weights that were judged. */
export async function trainingLoop(options: LoopOptions): Promise<LoopReport> {
  const loop = new Loop(options);
  return loop.run();
}

class Loop {
  readonly #options: LoopOptions;
  readonly #perEpoch: number;
  readonly #total: number | undefined;
  readonly #started = performance.now();
  readonly #before: number;
  #steps: number;
  #best: Best | undefined;
  #waited: number;
  #judgedAt = 0;
  #lastLoss = NaN;

  constructor(options: LoopOptions) {
    const { indices, batch, limit, resume } = options;
    if (limit.epochs === undefined && limit.milliseconds === undefined) {
      throw new InferOptError('internal', 'training without an end');
    }
    this.#options = options;
    this.#perEpoch = Math.max(1, Math.floor(indices.length / batch));
    this.#total = limit.epochs === undefined ? undefined : limit.epochs * this.#perEpoch;
    this.#steps = resume?.steps ?? 0;
    this.#before = resume?.milliseconds ?? 0;
    this.#best = resume?.best;
    this.#waited = resume?.waited ?? 0;
  }

  async run(): Promise<LoopReport> {
    this.#judgedAt = this.#done();
    let order: readonly number[] = [];
    let epoch = -1;
    for (; this.#done() < 1; this.#steps++) {
      // The runtime blocks this thread: a signal is only seen between steps.
      await new Promise(setImmediate);
      if (this.#options.signal?.aborted === true) {
        if (this.#best === undefined) await this.#judge('average');
        await this.#options.onRest?.(this.#state());
        return this.#report('interrupted');
      }
      const own = Math.floor(this.#steps / this.#perEpoch);
      if (own !== epoch) {
        epoch = own;
        order = shuffled(this.#options.indices.length, seededRandom(mixed(this.#options.seed, own)));
      }
      const failure = await this.#step(order);
      if (failure !== undefined) return { ...this.#report('not-finite'), failure };
      if (this.#done() - this.#judgedAt >= 1 / judgements) {
        if (await this.#judgeInTurn()) return this.#report('patience');
      }
    }
    if (this.#judgedAt < 1 || this.#best === undefined) await this.#judge('average');
    return this.#report('finished');
  }

  async #step(order: readonly number[]): Promise<LoopReport['failure']> {
    const { options, places } = { options: this.#options, places: this.#places(order) };
    const inputs = await options.samples.batch(places);
    const random = seededRandom(mixed(options.seed + 1, this.#steps));
    for (const tensor of inputs.values()) {
      const images = imageBatchOf(tensor);
      if (images === undefined) continue;
      for (const augmentation of options.augmentations) augmentation.apply(images, random);
    }
    const rates = this.#rates();
    const size = places.length / options.step.graph.parts;
    const report = await options.step.runParts(
      inputs,
      (some, part) => options.teach(some, places.slice(part * size, (part + 1) * size)),
      rates,
    );
    this.#lastLoss = report.loss;
    this.#tell(report);
    return report.failed && { step: this.#steps + 1, part: report.failed, rates };
  }

  #places(order: readonly number[]): number[] {
    const { indices, batch } = this.#options;
    const start = (this.#steps % this.#perEpoch) * batch;
    return Array.from({ length: batch }, (_, i) => indices[order[(start + i) % order.length]!]!);
  }

  #rates(): StepRates {
    const { rate, decay, optimizer } = this.#options;
    const scheduled = rate * scheduleAt(this.#done());
    const step = this.#steps + 1;
    return {
      rate: optimizer.rateAt(scheduled, step),
      decay: scheduled * decay,
      // A mean over about the last twentieth of the steps so far, two epochs at least.
      averaging: 1 / Math.min(step, Math.max(2 * this.#perEpoch, step / 20)),
    };
  }

  #milliseconds(): number {
    return this.#before + performance.now() - this.#started;
  }

  /** The share of the training that is done. */
  #done(): number {
    const { milliseconds } = this.#options.limit;
    const bySteps = this.#total === undefined ? 0 : this.#steps / this.#total;
    const byTime = milliseconds === undefined ? 0 : this.#milliseconds() / milliseconds;
    return Math.max(bySteps, byTime);
  }

  #tell({ loss }: StepReport): void {
    const best = this.#best;
    const agreement = best?.agreement ?? undefined;
    const judged =
      agreement === undefined
        ? `held back ${best?.loss.toPrecision(3) ?? '-'}`
        : `agreement ${(100 * agreement).toFixed(1)}%`;
    this.#options.progress.note(
      `epoch ${Math.floor(this.#steps / this.#perEpoch) + 1}, loss ${loss.toPrecision(3)}, ${judged}`,
    );
    this.#options.progress.advance();
  }

  /** True when nothing has become better for too long. */
  async #judgeInTurn(): Promise<boolean> {
    const better = await this.#judge('average');
    this.#waited = better ? 0 : this.#waited + 1;
    this.#judgedAt = this.#done();
    await this.#options.onRest?.({ ...this.#state(), steps: this.#steps + 1 });
    return this.#waited >= (this.#options.patience ?? Infinity);
  }

  async #judge(which: 'current' | 'average'): Promise<boolean> {
    const weights = this.#options.step.weights(which);
    const judgement = await this.#options.judge(weights);
    // Without samples held back the last weights are the best that is known.
    if (this.#best !== undefined && judgement.loss > this.#best.loss) return false;
    this.#best = { ...judgement, step: this.#steps, weights };
    return true;
  }

  #state(): LoopState {
    return {
      steps: this.#steps,
      milliseconds: this.#milliseconds(),
      best: this.#best,
      waited: this.#waited,
    };
  }

  #report(stopped: LoopReport['stopped']): LoopReport {
    return {
      best: this.#best,
      steps: this.#steps,
      epochs: this.#steps / this.#perEpoch,
      seconds: this.#milliseconds() / 1000,
      stopped,
      lastLoss: this.#lastLoss,
    };
  }
}

function mixed(seed: number, index: number): number {
  return (Math.imul(seed, 0x9e3779b1) + index) >>> 0;
}
