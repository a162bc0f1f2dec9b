import type { GramProduct } from '../../calibrate/gram-product.js';
import { patches, patchTable, windowOf, type PatchTable, type Window } from '../../calibrate/gram-patches.js';
import type { Observer } from '../../calibrate/observer.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import type { Tensor } from '../../tensor/tensor.js';

/** Observations for each input of a row; below it the moments would fit the samples instead of the data. */
export const fewRowsPerInput = 4;

/** Products of so few elements cost less here than a call of the runtime. */
const smallProduct = 256;

/** Second moments about the means, of what the weights of one group are multiplied with: [n, n]. */
export interface Moments {
  readonly n: number;
  readonly groups: readonly Float64Array[];
}

/**
 * Watches the input of a Conv, Gemm or MatMul and sums up the second moments of what each row of its weights
 * sees, at evenly spread places of each sample. Takes 8 n² bytes for each group.
 */
export class MomentsObserver implements Observer {
  readonly value: Value;
  readonly samples: number;
  readonly n: number;
  readonly #groups: readonly Float64Array[];
  readonly #sums: readonly Float64Array[];
  readonly #window: Window | undefined;
  readonly #inputsOfGroup: number;
  readonly #rowsPerSample: number;
  readonly #product: GramProduct;
  #finished: Moments | undefined;
  #table: { readonly dims: string; readonly table: PatchTable } | undefined;
  #rows = 0;

  constructor(
    node: Node,
    value: Value,
    weightDims: readonly number[],
    samples: number,
    product: GramProduct,
    rowsPerInput = fewRowsPerInput,
  ) {
    const conv = node.is('Conv');
    const groups = conv ? node.int('group', 1) : 1;
    this.value = value;
    this.samples = samples;
    this.n = momentsSize(node, weightDims);
    this.#groups = Array.from({ length: groups }, () => new Float64Array(this.n * this.n));
    this.#sums = Array.from({ length: groups }, () => new Float64Array(this.n));
    this.#window = conv ? windowOf(node, weightDims) : undefined;
    this.#inputsOfGroup = conv ? weightDims[1]! : this.n;
    this.#rowsPerSample = Math.max(16, Math.ceil((rowsPerInput * this.n) / samples));
    this.#product = product;
  }

  async observe(tensor: Tensor): Promise<void> {
    const images = this.#window === undefined ? 1 : tensor.dims[0]!;
    let rows = 0;
    for (let image = 0; image < images; image++) {
      for (let group = 0; group < this.#groups.length; group++) {
        const matrix = this.#rowsOf(tensor, image, group);
        rows = matrix.length / this.n;
        if (rows > 0) await this.#add(matrix, rows, group);
      }
      this.#rows += rows;
    }
  }

  /**
   * The moments about the means: a shift of the outputs' means is the bias' business. Where no bias is corrected they are
   * about zero (`kind`; the first call decides).
   */
  finish(kind: 'about-means' | 'about-zero' = 'about-means'): Moments {
    if (this.#finished !== undefined) return this.#finished;
    if (kind === 'about-means') this.#centre();
    this.#finished = { n: this.n, groups: this.#groups };
    return this.#finished;
  }

  #centre(): void {
    const { n } = this;
    this.#groups.forEach((moments, group) => {
      const sums = this.#sums[group]!;
      for (let i = 0; i < n; i++) {
        const factor = sums[i]! / Math.max(1, this.#rows);
        for (let j = 0; j < n; j++) moments[i * n + j] = moments[i * n + j]! - factor * sums[j]!;
      }
    });
  }

  #rowsOf(tensor: Tensor, image: number, group: number): Float32Array {
    const values = tensor.toFloat32();
    if (this.#window === undefined) return spread(values, this.n, this.#rowsPerSample);
    const spatial = tensor.dims.slice(2);
    const size = spatial.reduce((a, b) => a * b, 1);
    const channels = tensor.dims[1]!;
    const table = this.#tableFor(spatial);
    const step = Math.max(1, Math.floor(table.places / this.#rowsPerSample));
    return patches(
      table,
      values.subarray(image * channels * size, (image + 1) * channels * size),
      size,
      { channel: group * this.#inputsOfGroup, channels: this.#inputsOfGroup },
      { first: Math.floor(step / 2), step },
    );
  }

  #tableFor(spatial: readonly number[]): PatchTable {
    const dims = spatial.join(' ');
    if (this.#table?.dims !== dims) this.#table = { dims, table: patchTable(this.#window!, spatial) };
    return this.#table.table;
  }

  async #add(matrix: Float32Array, rows: number, group: number): Promise<void> {
    const { n } = this;
    const moments = this.#groups[group]!;
    const sums = this.#sums[group]!;
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < n; i++) sums[i] = sums[i]! + matrix[row * n + i]!;
    }
    if (n * n > smallProduct) {
      const product = await this.#product.multiply(matrix, matrix, rows);
      for (let at = 0; at < product.length; at++) moments[at] = moments[at]! + product[at]!;
      return;
    }
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < n; i++) {
        const value = matrix[row * n + i]!;
        if (value === 0) continue;
        for (let j = 0; j < n; j++) moments[i * n + j] = moments[i * n + j]! + value * matrix[row * n + j]!;
      }
    }
  }
}

/** How many numbers one row of a node's weights is multiplied with. */
export function momentsSize(node: Node, weightDims: readonly number[]): number {
  if (node.is('Conv')) return weightDims.slice(1).reduce((a, b) => a * b, 1);
  return node.is('Gemm') && node.int('transB', 0) !== 0 ? weightDims[1]! : weightDims[0]!;
}

/** At most `most` of the rows of a matrix, evenly spread. */
function spread(values: Float32Array, columns: number, most: number): Float32Array {
  const rows = values.length / columns;
  if (rows <= most) return values;
  const step = Math.floor(rows / most);
  const result = new Float32Array(most * columns);
  for (let row = 0; row < most; row++) {
    const start = row * step * columns;
    result.set(values.subarray(start, start + columns), row * columns);
  }
  return result;
}
