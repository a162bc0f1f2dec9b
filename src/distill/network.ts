import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { copyModel } from '../prune/repair/part.js';
import { openSession, type Session } from '../runtime/session.js';
import { Tensor } from '../tensor/tensor.js';
import { batchedModel } from './graph/batched.js';
import { peakMemory } from './graph/peak-memory.js';
import { rowsOf, stacked } from './samples.js';

/** Batched and single runs may differ by this share of the largest number. */
const tolerance = 1e-3;

/** How a model is run for batches. */
export interface NetworkOptions {
  /** Samples that are run together at most. */
  readonly batch: number;
  readonly threads: number;
  /** What the values of a run may need at once, in bytes: fewer samples are run together where all need more. */
  readonly memory: number;
}

/** A model that computes some of its values for whole batches, quickly: the teacher, or a student to be judged. */
export class Network {
  readonly batch: number;
  readonly #session: Session;
  readonly #names: readonly string[];
  readonly #width: number;
  /** Where `runAgain` leaves its results. */
  #results: Map<string, Tensor> | undefined;

  private constructor(session: Session, names: readonly string[], batch: number, width: number) {
    this.#session = session;
    this.#names = names;
    this.batch = batch;
    this.#width = width;
  }

  /**
   * Opens `values` (names) of a model for batches of samples like `sample`. A model that gives other numbers for a
   * batch than for its samples one by one is run one by one.
   */
  static async open(
    model: Model,
    values: readonly string[],
    sample: ReadonlyMap<string, Tensor>,
    options: NetworkOptions,
  ): Promise<Network> {
    const single = await Network.#single(model, values, sample, options.threads);
    if (options.batch === 1) return single;
    try {
      const many = await Network.#batched(model, values, sample, options);
      if (await agree(single, many, sample)) {
        await single.close();
        return many;
      }
      await many.close();
    } catch (error) {
      if (!(error instanceof InferOptError) || (error.code !== 'model' && error.code !== 'data')) throw error;
    }
    return single;
  }

  static async #single(
    model: Model,
    values: readonly string[],
    sample: ReadonlyMap<string, Tensor>,
    threads: number,
  ): Promise<Network> {
    const session = await openSession(withOutputs(copyModel(model), values), { threads });
    return new Network(session, values, 1, widthOf(sample));
  }

  static async #batched(
    model: Model,
    values: readonly string[],
    sample: ReadonlyMap<string, Tensor>,
    options: NetworkOptions,
  ): Promise<Network> {
    const marked = withOutputs(copyModel(model), values);
    const { batched, batch } = await batchWithin(marked, sample, options);
    const session = await openSession(batched, { threads: options.threads });
    return new Network(session, values, batch, widthOf(sample));
  }

  /** The values of any number of samples, given and returned as one batch. */
  async run(inputs: ReadonlyMap<string, Tensor>): Promise<Tensor[]> {
    const total = [...inputs.values()][0]!.dims[0]! / this.#width;
    const parts: Map<string, Tensor>[] = [];
    for (let start = 0; start < total; start += this.batch) {
      const count = Math.min(this.batch, total - start);
      const results = await this.#session.run(
        part(inputs, start * this.#width, count * this.#width, this.batch * this.#width),
        this.#names,
      );
      const kept = new Map(
        [...results].map(([name, tensor]) => [
          name,
          rowsOf(tensor, 0, (tensor.dims[0]! / this.batch) * count),
        ]),
      );
      parts.push(kept);
    }
    const joined = parts.length === 1 ? parts[0]! : joinedRows(parts);
    return this.#names.map((name) => joined.get(name)!);
  }

  /** The same for loops: the tensors that it gives hold until the next time. */
  async runAgain(inputs: ReadonlyMap<string, Tensor>): Promise<Tensor[]> {
    if ([...inputs.values()][0]!.dims[0]! !== this.batch * this.#width) return this.run(inputs);
    if (this.#results === undefined) this.#results = await this.#session.run(inputs, this.#names);
    else await this.#session.runInto(inputs, this.#results);
    return this.#names.map((name) => this.#results!.get(name)!);
  }

  async close(): Promise<void> {
    await this.#session.close();
  }
}

/** A model for as many samples as memory allows, one at least. */
async function batchWithin(
  model: Model,
  sample: ReadonlyMap<string, Tensor>,
  { batch, memory }: NetworkOptions,
): Promise<{ batched: Model; batch: number }> {
  for (let size = batch; ;) {
    const batched = await batchedModel(model, sample, size);
    const needed = peakMemory(batched);
    if (needed <= memory || size === 1) return { batched, batch: size };
    size = Math.max(1, Math.min(size - 1, Math.floor((size * memory) / needed)));
  }
}

function widthOf(sample: ReadonlyMap<string, Tensor>): number {
  return [...sample.values()][0]!.dims[0] ?? 1;
}

/** Makes these values all that a model gives, in place. */
export function withOutputs(model: Model, values: readonly string[]): Model {
  const { graph } = model;
  while (graph.outputs.length > 0) graph.removeOutput(graph.outputs.length - 1);
  for (const name of values) {
    const value = graph.get(name);
    if (value === undefined) throw new InferOptError('internal', `the model has no value ${name}`);
    graph.addOutput(value);
  }
  return model;
}

/** Some samples of a batch, filled up to `length` with the last one. */
function part(
  inputs: ReadonlyMap<string, Tensor>,
  start: number,
  count: number,
  length: number,
): Map<string, Tensor> {
  return new Map(
    [...inputs].map(([name, tensor]) => {
      const some = rowsOf(tensor, start, count);
      if (count === length) return [name, some];
      const last = rowsOf(tensor, start + count - 1, 1);
      const filled = [
        new Map([[name, some]]),
        ...Array.from({ length: length - count }, () => new Map([[name, last]])),
      ];
      return [name, joinedRows(filled).get(name)!];
    }),
  );
}

function joinedRows(parts: readonly ReadonlyMap<string, Tensor>[]): Map<string, Tensor> {
  return new Map(
    [...parts[0]!.keys()].map((name) => {
      const tensors = parts.map((one) => one.get(name)!);
      const bytes = new Uint8Array(tensors.reduce((sum, { byteLength }) => sum + byteLength, 0));
      let at = 0;
      for (const tensor of tensors) {
        bytes.set(tensor.bytes(), at);
        at += tensor.byteLength;
      }
      const first = tensors[0]!;
      const length = tensors.reduce((sum, { dims }) => sum + dims[0]!, 0);
      return [name, Tensor.fromBytes(first.dtype, [length, ...first.dims.slice(1)], bytes)];
    }),
  );
}

/** Whether a batch gives what its samples give one by one; tried with the sample and with zeros. */
async function agree(single: Network, many: Network, sample: ReadonlyMap<string, Tensor>): Promise<boolean> {
  const zeros = new Map(
    [...sample].map(([name, { dtype, dims, byteLength }]) => [
      name,
      Tensor.fromBytes(dtype, dims, new Uint8Array(byteLength)),
    ]),
  );
  const both = stacked([sample, zeros]);
  const [expected, found] = [await single.run(both), await many.run(both)];
  return expected.every((tensor, i) => {
    const [a, b] = [tensor.toFloat32(), found[i]!.toFloat32()];
    const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return a.length === b.length && a.every((value, at) => Math.abs(value - b[at]!) <= tolerance * largest);
  });
}
