import { patches, patchTable, windowOf, type PatchTable, type Window } from '../../calibrate/gram-patches.js';
import { InferOptError } from '../../errors.js';
import { elementCount, type Tensor } from '../../tensor/tensor.js';
import type { Layer } from '../layer.js';

/** What a layer saw and should have given, one observation a row. */
export interface Observed {
  readonly x: Float32Array;
  /** Empty where no outputs were given. */
  readonly y: Float32Array;
  readonly rows: number;
}

const nothing = new Float32Array(0);

/** Takes values of a layer apart into observations, group by group. */
export class RowReader {
  readonly #layer: Layer;
  readonly #window: Window | undefined;
  readonly #mostRows: number;
  readonly #tables = new Map<string, PatchTable>();

  /** At most about `mostRows` observations are taken from one value, evenly over the places of the output. */
  constructor(layer: Layer, mostRows: number) {
    this.#layer = layer;
    this.#window = layer.node.is('Conv') ? windowOf(layer.node, layer.value.constant.dims) : undefined;
    this.#mostRows = Math.max(1, mostRows);
  }

  /** The observations of one group; `turn` moves the places that are taken from sample to sample. */
  *read(input: Tensor, output: Float32Array | undefined, group: number, turn: number): Generator<Observed> {
    const x = input.toFloat32();
    if (this.#window !== undefined) yield* this.#convolution(input.dims, x, output, group, turn);
    else yield this.#product(x, output, turn);
  }

  #product(x: Float32Array, output: Float32Array | undefined, turn: number): Observed {
    const { inputs } = this.#layer;
    const outputs = output === undefined ? 0 : this.#layer.rows;
    const count = x.length / inputs;
    if (output !== undefined && output.length !== count * outputs) throw this.#misfit();
    const step = Math.max(1, Math.ceil(count / this.#mostRows));
    if (step === 1) return { x, y: output ?? nothing, rows: count };
    const first = turn % step;
    const rows = Math.ceil((count - first) / step);
    const [xs, ys] = [new Float32Array(rows * inputs), new Float32Array(rows * outputs)];
    for (let row = 0; row < rows; row++) {
      const at = first + row * step;
      xs.set(x.subarray(at * inputs, (at + 1) * inputs), row * inputs);
      if (output !== undefined) ys.set(output.subarray(at * outputs, (at + 1) * outputs), row * outputs);
    }
    return { x: xs, y: ys, rows };
  }

  *#convolution(
    dims: readonly number[],
    x: Float32Array,
    output: Float32Array | undefined,
    group: number,
    turn: number,
  ): Generator<Observed> {
    const { groups, rows: outputs, inputs, taps } = this.#layer;
    const spatial = dims.slice(2);
    const table = this.#table(spatial);
    const imageSize = elementCount(spatial);
    const [batch, channels] = dims as [number, number];
    const outputSize = groups * outputs * table.places;
    if (output !== undefined && output.length !== batch * outputSize) throw this.#misfit();
    const step = Math.max(1, Math.ceil((table.places * batch) / this.#mostRows));
    for (let image = 0; image < batch; image++) {
      const first = (turn + image) % step;
      const part = { channel: (group * inputs) / taps, channels: inputs / taps };
      const seen = x.subarray(image * channels * imageSize, (image + 1) * channels * imageSize);
      const matrix = patches(table, seen, imageSize, part, { first, step });
      const rows = matrix.length / inputs;
      const y = output === undefined ? nothing : new Float32Array(rows * outputs);
      for (let r = 0; output !== undefined && r < outputs; r++) {
        const start = image * outputSize + (group * outputs + r) * table.places + first;
        for (let row = 0; row < rows; row++) y[row * outputs + r] = output[start + row * step]!;
      }
      yield { x: matrix, y, rows };
    }
  }

  #table(spatial: readonly number[]): PatchTable {
    const key = spatial.join('x');
    let table = this.#tables.get(key);
    if (table === undefined) {
      table = patchTable(this.#window!, spatial);
      this.#tables.set(key, table);
    }
    return table;
  }

  #misfit(): InferOptError {
    return new InferOptError(
      'internal',
      `inputs and outputs of ${this.#layer.node.label} do not fit together`,
    );
  }
}
