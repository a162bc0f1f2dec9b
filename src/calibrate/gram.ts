import type { GramProduct } from './gram-product.js';

/** Rows that are multiplied at once: many enough for the kernels, few enough for sums in float32. */
const rowsAtOnce = 2048;

/** Results of so few elements cost less here than a call of the runtime (depthwise kernels). */
const smallProduct = 256;

/** Second moments of a layer's inputs and of the outputs that it should give, about their means. */
export interface Gram {
  /** Observations summed over. */
  readonly count: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Sum of (x - mean)(x - mean)ᵀ, [inputs, inputs]. */
  readonly square: Float64Array;
  /** Sum of (x - mean)(y - mean)ᵀ, [inputs, outputs]. */
  readonly cross: Float64Array;
  readonly inputMean: Float64Array;
  readonly outputMean: Float64Array;
  /** Sum of (y - mean)² of each output. */
  readonly outputPower: Float64Array;
}

/**
 * Adds up a Gram matrix over any number of observations: products of blocks in the runtime in float32, their
 * sum in float64. Takes 8 (inputs² + inputs · outputs) bytes, and one block of rows.
 */
export class GramSum {
  readonly inputs: number;
  readonly outputs: number;
  readonly #product: GramProduct;
  readonly #square: Float64Array;
  readonly #cross: Float64Array;
  readonly #inputSum: Float64Array;
  readonly #outputSum: Float64Array;
  readonly #outputPower: Float64Array;
  readonly #x: Float32Array;
  readonly #y: Float32Array;
  #waiting = 0;
  #count = 0;

  constructor(inputs: number, outputs: number, product: GramProduct) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.#product = product;
    this.#square = new Float64Array(inputs * inputs);
    this.#cross = new Float64Array(inputs * outputs);
    this.#inputSum = new Float64Array(inputs);
    this.#outputSum = new Float64Array(outputs);
    this.#outputPower = new Float64Array(outputs);
    this.#x = new Float32Array(rowsAtOnce * inputs);
    this.#y = new Float32Array(rowsAtOnce * outputs);
  }

  /** Bytes that a sum of that size takes while it is filled. */
  static bytes(inputs: number, outputs: number): number {
    return 8 * inputs * (inputs + outputs) + 4 * rowsAtOnce * (inputs + outputs);
  }

  /** Observations, one a row: x of [rows, inputs], y of [rows, outputs]. */
  async add(x: Float32Array, y: Float32Array, rows: number): Promise<void> {
    for (let done = 0; done < rows;) {
      const taken = Math.min(rows - done, rowsAtOnce - this.#waiting);
      this.#x.set(x.subarray(done * this.inputs, (done + taken) * this.inputs), this.#waiting * this.inputs);
      this.#y.set(
        y.subarray(done * this.outputs, (done + taken) * this.outputs),
        this.#waiting * this.outputs,
      );
      this.#waiting += taken;
      done += taken;
      if (this.#waiting === rowsAtOnce) await this.#flush();
    }
  }

  async finish(): Promise<Gram> {
    await this.#flush();
    const { inputs, outputs } = this;
    const count = this.#count;
    const inputMean = this.#inputSum.map((sum) => sum / Math.max(1, count));
    const outputMean = this.#outputSum.map((sum) => sum / Math.max(1, count));
    for (let i = 0; i < inputs; i++) {
      const weight = count * inputMean[i]!;
      for (let j = 0; j < inputs; j++) this.#square[i * inputs + j]! -= weight * inputMean[j]!;
      for (let j = 0; j < outputs; j++) this.#cross[i * outputs + j]! -= weight * outputMean[j]!;
    }
    const outputPower = this.#outputPower.map((power, j) => power - count * outputMean[j]! ** 2);
    return {
      count,
      inputs,
      outputs,
      square: this.#square,
      cross: this.#cross,
      inputMean,
      outputMean,
      outputPower,
    };
  }

  async #flush(): Promise<void> {
    const rows = this.#waiting;
    if (rows === 0) return;
    const { inputs, outputs } = this;
    const x = this.#x.subarray(0, rows * inputs);
    const y = this.#y.subarray(0, rows * outputs);
    addColumns(x, inputs, this.#inputSum);
    addColumns(y, outputs, this.#outputSum);
    for (let at = 0; at < y.length; at++) this.#outputPower[at % outputs]! += y[at]! ** 2;
    await this.#add(x, x, rows, this.#square);
    if (outputs > 0) await this.#add(x, y, rows, this.#cross);
    this.#count += rows;
    this.#waiting = 0;
  }

  async #add(a: Float32Array, b: Float32Array, rows: number, sum: Float64Array): Promise<void> {
    if (sum.length <= smallProduct) {
      addProduct(a, b, rows, sum);
      return;
    }
    const product = await this.#product.multiply(a, b, rows);
    for (let at = 0; at < product.length; at++) sum[at]! += product[at]!;
  }
}

/** Adds `a`ᵀ `b` in float64. */
function addProduct(a: Float32Array, b: Float32Array, rows: number, sum: Float64Array): void {
  const [p, q] = [a.length / rows, b.length / rows];
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < p; i++) {
      const value = a[row * p + i]!;
      if (value === 0) continue;
      for (let j = 0; j < q; j++) sum[i * q + j]! += value * b[row * q + j]!;
    }
  }
}

function addColumns(matrix: Float32Array, columns: number, sums: Float64Array): void {
  for (let start = 0; start < matrix.length; start += columns) {
    for (let column = 0; column < columns; column++) sums[column]! += matrix[start + column]!;
  }
}
