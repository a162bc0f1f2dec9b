import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import type { Tensor } from '../tensor/tensor.js';
import { copyModel } from '../prune/repair/part.js';
import { batchedModel } from './graph/batched.js';
import { peakMemory } from './graph/peak-memory.js';
import { Network, withOutputs, type NetworkOptions } from './network.js';

/** A teacher and the names of its inputs: samples come under the student's names. */
export class Teacher {
  readonly model: Model;
  readonly #names: ReadonlyMap<string, string>;

  /** Throws `model` where student and teacher do not take the same number of inputs. */
  constructor(model: Model, student: Model) {
    this.model = model;
    const own = student.graph.requiredInputs.map(({ name }) => name);
    const names = model.graph.requiredInputs.map(({ name }) => name);
    if (names.length !== own.length) {
      throw new InferOptError(
        'model',
        `the student has ${own.length} inputs and the teacher ${names.length}`,
        { hint: 'a student takes what its teacher takes' },
      );
    }
    const byName = names.every((name) => own.includes(name));
    this.#names = new Map(names.map((name, place) => [name, byName ? name : own[place]!]));
  }

  /** The same tensors under the teacher's names. */
  inputs(given: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
    return new Map([...this.#names].map(([name, own]) => [name, given.get(own)!]));
  }

  /** What some values of the teacher, or of a copy of it, need at once for so many samples, in bytes. */
  async memory(
    values: readonly string[],
    sample: ReadonlyMap<string, Tensor>,
    batch: number,
    model = this.model,
  ): Promise<number> {
    const marked = withOutputs(copyModel(model), values);
    return peakMemory(await batchedModel(marked, this.inputs(sample), batch));
  }

  /** Opens some values of the teacher, or of a copy of it. */
  async open(
    values: readonly string[],
    sample: ReadonlyMap<string, Tensor>,
    options: NetworkOptions,
    model = this.model,
  ): Promise<OpenTeacher> {
    const network = await Network.open(model, values, this.inputs(sample), options);
    return {
      batch: network.batch,
      run: (inputs) => network.run(this.inputs(inputs)),
      runAgain: (inputs) => network.runAgain(this.inputs(inputs)),
      close: () => network.close(),
    };
  }
}

/** Answers of a teacher to batches of samples under the student's names. */
export interface OpenTeacher {
  /** Samples that it answers for together. */
  readonly batch: number;
  run(inputs: ReadonlyMap<string, Tensor>): Promise<Tensor[]>;
  /** The same, in tensors that hold until the next time. */
  runAgain(inputs: ReadonlyMap<string, Tensor>): Promise<Tensor[]>;
  close(): Promise<void>;
}
