import { Tensor } from '../tensor/tensor.js';
import type { OpenTeacher } from './teacher.js';

/** What the teacher says about a batch; samples that stay as they are are asked about once. */
export class Teaching {
  readonly #teacher: OpenTeacher;
  /** By sample, the bytes of its row of each term. */
  readonly #known = new Map<number, readonly Uint8Array[]>();
  readonly #remembers: boolean;
  #bytesLeft: number;
  /** Dims of one sample's row of each term. */
  #dims: readonly (readonly number[])[] = [];

  /** @param remembers false where samples change from one time to the next */
  constructor(teacher: OpenTeacher, remembers: boolean, maximumBytes: number) {
    this.#teacher = teacher;
    this.#remembers = remembers;
    this.#bytesLeft = maximumBytes;
  }

  /** Of the samples with these numbers, one tensor a term; they hold until the next time. */
  async targets(inputs: ReadonlyMap<string, Tensor>, indices: readonly number[]): Promise<Tensor[]> {
    const known = this.#remembers ? indices.map((index) => this.#known.get(index)) : [];
    if (known.length > 0 && known.every((rows) => rows !== undefined)) return this.#joined(known);
    const targets = await this.#teacher.runAgain(inputs);
    if (this.#remembers) this.#remember(targets, indices);
    return targets;
  }

  #remember(targets: readonly Tensor[], indices: readonly number[]): void {
    this.#dims = targets.map(({ dims }) => [dims[0]! / indices.length, ...dims.slice(1)]);
    indices.forEach((index, place) => {
      if (this.#known.has(index)) return;
      const rows = targets.map((target) => {
        const width = target.byteLength / indices.length;
        return target.bytes().slice(place * width, (place + 1) * width);
      });
      const size = rows.reduce((sum, { byteLength }) => sum + byteLength, 0);
      if (size > this.#bytesLeft) return;
      this.#bytesLeft -= size;
      this.#known.set(index, rows);
    });
  }

  #joined(samples: readonly (readonly Uint8Array[])[]): Tensor[] {
    return this.#dims.map((dims, term) => {
      const bytes = new Uint8Array(samples.reduce((sum, rows) => sum + rows[term]!.byteLength, 0));
      samples.forEach((rows, i) => {
        bytes.set(rows[term]!, i * rows[term]!.byteLength);
      });
      return Tensor.fromBytes('float32', [dims[0]! * samples.length, ...dims.slice(1)], bytes);
    });
  }
}
