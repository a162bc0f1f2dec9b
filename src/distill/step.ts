import { openSession, type Session } from '../runtime/session.js';
import { Tensor } from '../tensor/tensor.js';
import { rowsOf } from './samples.js';
import { pieceOf } from './graph/flat-weights.js';
import type { TrainingGraph } from './graph/training-graph.js';

export interface StepRates {
  readonly rate: number;
  readonly decay: number;
  /** How much of the way the average goes towards the new weights. */
  readonly averaging: number;
}

export interface StepReport {
  readonly loss: number;
  readonly terms: readonly number[];
  /** Norm of all gradients before clipping. */
  readonly norm: number;
  /** What the part was given whose loss or gradients are not finite; absent where all are. */
  readonly failed?: PartOfBatch;
}

/** Some samples of a batch, and what they are to give, one tensor a term. */
export interface PartOfBatch {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly targets: readonly Tensor[];
}

/** Says what a part of a batch is to give: that with this number, from 0. */
export type Targets = (inputs: ReadonlyMap<string, Tensor>, part: number) => Promise<readonly Tensor[]>;

/** Weights and optimizer state, and the session that moves them one step. */
export class TrainingStep {
  readonly graph: TrainingGraph;
  readonly #session: Session;
  #state: ReadonlyMap<string, Tensor>;
  /** Memory for what a run gives: of the state before a batch, of the one before a part of it, and of the next. */
  readonly #results: Map<string, Tensor>[] = [];
  /** Which results the state before the batch and the present one lie in; undefined where it came from elsewhere. */
  #before: number | undefined;
  #current: number | undefined;

  private constructor(graph: TrainingGraph, session: Session) {
    this.graph = graph;
    this.#session = session;
    this.#state = new Map([...graph.start].filter(([name]) => graph.feedback.has(name)));
  }

  static async open(graph: TrainingGraph, threads: number): Promise<TrainingStep> {
    // In one piece, the values of a step take nearly twice the memory, and no less time.
    return new TrainingStep(graph, await openSession(graph.model, { threads, memoryPattern: false }));
  }

  /** Everything that the next step depends on: a copy of weights, averages and what the optimizer remembers. */
  get state(): ReadonlyMap<string, Tensor> {
    return new Map([...this.#state].map(([name, tensor]) => [name, copyOf(tensor)]));
  }

  set state(state: ReadonlyMap<string, Tensor>) {
    this.#state = new Map(state);
    this.#current = undefined;
  }

  /** One step on a batch whose targets are known: see `runParts`. */
  async run(
    inputs: ReadonlyMap<string, Tensor>,
    targets: readonly Tensor[],
    rates: StepRates,
  ): Promise<StepReport> {
    const { parts } = this.graph;
    return this.runParts(
      inputs,
      (_, index) => Promise.resolve(targets.map((target) => partOf(target, index, parts))),
      rates,
    );
  }

  /**
   * One step on a batch, part by part: targets are asked for when a part needs them, as those of inner values can
   * take more memory than all else. Where loss or gradients are not finite the state stays as it was: whoever calls
   * looks at the report.
   */
  async runParts(
    inputs: ReadonlyMap<string, Tensor>,
    targetsOf: Targets,
    rates: StepRates,
  ): Promise<StepReport> {
    const { parts } = this.graph;
    const before = this.#state;
    this.#before = this.#current;
    const sum = { loss: 0, terms: this.graph.outputs.terms.map(() => 0), norm: 0 };
    for (let index = 0; index < parts; index++) {
      const some = new Map([...inputs].map(([name, tensor]) => [name, partOf(tensor, index, parts)]));
      const part = { inputs: some, targets: await targetsOf(some, index) };
      const report = await this.#part(part, rates, index === parts - 1);
      sum.loss += report.loss;
      sum.terms = sum.terms.map((term, i) => term + report.terms[i]!);
      // Gradients add up from part to part: the last norm is that of all.
      sum.norm = report.norm;
      if (Number.isFinite(report.loss) && Number.isFinite(report.norm)) continue;
      this.#state = before;
      this.#current = this.#before;
      return { ...sum, failed: part };
    }
    return sum;
  }

  async #part(part: PartOfBatch, rates: StepRates, isLast: boolean): Promise<StepReport> {
    const results = await this.#run(this.feeds(part, rates, isLast));
    const { outputs, feedback } = this.graph;
    const numberOf = (name: string): number => results.get(name)!.toNumbers()[0]!;
    this.#state = new Map([...feedback].map(([input, output]) => [input, results.get(output)!]));
    return {
      loss: numberOf(outputs.loss),
      terms: outputs.terms.map(numberOf),
      norm: numberOf(outputs.norm),
    };
  }

  /** Results in memory that no state of the batch lies in. */
  async #run(feeds: ReadonlyMap<string, Tensor>): Promise<Map<string, Tensor>> {
    const place = [0, 1, 2].find((one) => one !== this.#before && one !== this.#current)!;
    const known = this.#results[place];
    const results = known ?? (await this.#session.run(feeds));
    if (known !== undefined) await this.#session.runInto(feeds, known);
    this.#results[place] = results;
    this.#current = place;
    return results;
  }

  /** Everything that the step is given for a part of a batch, the last one or one before it. */
  feeds({ inputs, targets }: PartOfBatch, rates: StepRates, isLast = false): Map<string, Tensor> {
    const { inputs: names } = this.graph;
    const given = new Map([...this.graph.start, ...this.#state, ...inputs]);
    this.graph.targets.forEach((name, i) => given.set(name, targets[i]!));
    if (names.last !== undefined) given.set(names.last, Tensor.fromNumbers('bool', [], [isLast ? 1 : 0]));
    given.set(names.rate, Tensor.float32([], [rates.rate]));
    given.set(names.decay, Tensor.float32([], [rates.decay]));
    given.set(names.averaging, Tensor.float32([], [rates.averaging]));
    return given;
  }

  /** The weights by the names of the student's constants: as they are, or averaged over steps. */
  weights(which: 'current' | 'average'): Map<string, Tensor> {
    const { weights, vectors } = this.graph;
    const vector = this.#state.get(vectors[which])!;
    return new Map([...weights].map(([name, piece]) => [name, pieceOf(vector, piece)]));
  }

  async close(): Promise<void> {
    await this.#session.close();
  }
}

function copyOf(tensor: Tensor): Tensor {
  return Tensor.fromBytes(tensor.dtype, tensor.dims, tensor.bytes().slice());
}

/** One of so many equal parts along the first axis. */
function partOf(tensor: Tensor, index: number, parts: number): Tensor {
  if (parts === 1) return tensor;
  const length = tensor.dims[0]! / parts;
  return rowsOf(tensor, index * length, length);
}
