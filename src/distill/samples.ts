import type { SampleSet } from '../data/dataset.js';
import { InferOptError } from '../errors.js';
import { Tensor } from '../tensor/tensor.js';

/** Samples decoded once and kept, as far as memory lasts. */
export class SampleStore {
  readonly size: number;
  readonly #set: SampleSet;
  readonly #kept = new Map<number, ReadonlyMap<string, Tensor>>();
  readonly #labels = new Map<number, number | undefined>();
  #bytesLeft: number;

  constructor(set: SampleSet, maximumBytes: number) {
    this.#set = set;
    this.size = set.size;
    this.#bytesLeft = maximumBytes;
  }

  async inputs(index: number): Promise<ReadonlyMap<string, Tensor>> {
    const known = this.#kept.get(index);
    if (known !== undefined) return known;
    const { inputs } = await this.#set.get(index);
    const bytes = [...inputs.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (bytes <= this.#bytesLeft) {
      this.#bytesLeft -= bytes;
      this.#kept.set(index, inputs);
    }
    return inputs;
  }

  async label(index: number): Promise<number | undefined> {
    if (!this.#labels.has(index)) this.#labels.set(index, (await this.#set.get(index)).label);
    return this.#labels.get(index);
  }

  /** These samples as one batch: inputs one behind the other along the first axis, in memory of its own. */
  async batch(indices: readonly number[]): Promise<Map<string, Tensor>> {
    return stacked(await Promise.all(indices.map((index) => this.inputs(index))));
  }
}

/** Values of several samples joined along the first axis. Throws `data` where they differ in shape. */
export function stacked(samples: readonly ReadonlyMap<string, Tensor>[]): Map<string, Tensor> {
  const first = samples[0]!;
  return new Map(
    [...first].map(([name, { dtype, dims, byteLength }]) => {
      const joined = new Uint8Array(byteLength * samples.length);
      samples.forEach((sample, i) => {
        const tensor = sample.get(name)!;
        if (tensor.dims.join() !== dims.join()) {
          throw new InferOptError(
            'data',
            `${name} is [${dims.join(', ')}] in one sample and [${tensor.dims.join(', ')}] in another`,
            { hint: 'training needs samples of one shape: crop, pad or resize them' },
          );
        }
        joined.set(tensor.bytes(), i * byteLength);
      });
      return [name, Tensor.fromBytes(dtype, [(dims[0] ?? 1) * samples.length, ...dims.slice(1)], joined)];
    }),
  );
}

/** Rows of a tensor along its first axis, over the same memory. */
export function rowsOf(tensor: Tensor, start: number, count: number): Tensor {
  const { dtype, dims } = tensor;
  const bytes = tensor.bytes();
  const width = bytes.byteLength / dims[0]!;
  const part = bytes.subarray(start * width, (start + count) * width);
  return Tensor.fromBytes(dtype, [count, ...dims.slice(1)], part);
}
