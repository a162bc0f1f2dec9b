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
}

/** Weights and optimizer state, and the session that moves them one step. */
export class TrainingStep {
  readonly graph: TrainingGraph;
  readonly #session: Session;
  #state: Map<string, Tensor>;

  private constructor(graph: TrainingGraph, session: Session) {
    this.graph = graph;
    this.#session = session;
    this.#state = new Map([...graph.start].filter(([name]) => graph.feedback.has(name)));
  }

  static async open(graph: TrainingGraph, threads: number): Promise<TrainingStep> {
    // In one piece, the values of a step take nearly twice the memory, and no less time.
    return new TrainingStep(graph, await openSession(graph.model, { threads, memoryPattern: false }));
  }

  /** Everything that the next step depends on: weights, averages and what the optimizer remembers. */
  get state(): ReadonlyMap<string, Tensor> {
    return this.#state;
  }

  set state(state: ReadonlyMap<string, Tensor>) {
    this.#state = new Map(state);
  }

  /**
   * One step on a batch. Where loss or gradients are not finite the state stays as it was: whoever calls looks at
   * the report.
   */
  async run(
    inputs: ReadonlyMap<string, Tensor>,
    targets: readonly Tensor[],
    rates: StepRates,
  ): Promise<StepReport> {
    const { parts } = this.graph;
    const before = this.#state;
    const sum = { loss: 0, terms: this.graph.outputs.terms.map(() => 0), norm: 0 };
    for (let index = 0; index < parts; index++) {
      const report = await this.#part(inputs, targets, rates, index);
      sum.loss += report.loss;
      sum.terms = sum.terms.map((term, i) => term + report.terms[i]!);
      // Gradients add up from part to part: the last norm is that of all.
      sum.norm = report.norm;
      if (Number.isFinite(report.loss) && Number.isFinite(report.norm)) continue;
      this.#state = before;
      break;
    }
    return sum;
  }

  async #part(
    inputs: ReadonlyMap<string, Tensor>,
    targets: readonly Tensor[],
    rates: StepRates,
    index: number,
  ): Promise<StepReport> {
    const results = await this.#session.run(this.feeds(inputs, targets, rates, index));
    const { outputs, feedback } = this.graph;
    const numberOf = (name: string): number => results.get(name)!.toNumbers()[0]!;
    this.#state = new Map([...feedback].map(([input, output]) => [input, results.get(output)!]));
    return {
      loss: numberOf(outputs.loss),
      terms: outputs.terms.map(numberOf),
      norm: numberOf(outputs.norm),
    };
  }

  /** Everything that the step is given for a part of a batch. */
  feeds(
    inputs: ReadonlyMap<string, Tensor>,
    targets: readonly Tensor[],
    rates: StepRates,
    index = 0,
  ): Map<string, Tensor> {
    const { inputs: names, parts } = this.graph;
    const given = new Map([...this.graph.start, ...this.#state]);
    for (const [name, tensor] of inputs) given.set(name, partOf(tensor, index, parts));
    this.graph.targets.forEach((name, i) => given.set(name, partOf(targets[i]!, index, parts)));
    if (names.last !== undefined) {
      given.set(names.last, Tensor.fromNumbers('bool', [], [index === parts - 1 ? 1 : 0]));
    }
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

/** One of so many equal parts along the first axis. */
function partOf(tensor: Tensor, index: number, parts: number): Tensor {
  if (parts === 1) return tensor;
  const length = tensor.dims[0]! / parts;
  return rowsOf(tensor, index * length, length);
}
