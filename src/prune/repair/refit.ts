import type { Gram } from '../../calibrate/gram.js';
import type { GramProduct } from '../../calibrate/gram-product.js';
import { solveRowsOnMask } from '../linear/conjugate-gradient.js';
import { damped } from '../linear/damped.js';
import { factorOnMask, solveOnMask, type MaskFactor } from '../linear/masked-least-squares.js';

/** Share of the mean curvature that holds weights near where they were: keeps noise of few samples out. */
export const dampingShare = 0.003;

/** Multiplications above which a factor for every row takes too long. */
const factorBudget = 4e9;

export interface Refit {
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  /** Squared error over the power of the outputs, before and after. */
  readonly errorBefore: number;
  readonly errorAfter: number;
  /** What held each weight near where it was, as curvature. */
  readonly damping: Float64Array;
}

export interface RefitOptions {
  /** False where no bias can be changed: then means are part of what the weights have to explain. */
  readonly free: boolean;
  readonly damping?: number;
}

/**
 * The best weights, row by row, that are zero where `weights` are zero: least squares on the columns that
 * stay, drawn towards the weights as they are by the damping. The bias takes up the means.
 */
export async function refit(
  gram: Gram,
  weights: Float64Array,
  bias: Float64Array,
  product: GramProduct,
  options: RefitOptions,
): Promise<Refit> {
  const { inputs: n, outputs } = gram;
  const { square, cross } = options.free ? gram : aboutZero(gram, bias);
  const { matrix, damping } = damped(square, n, gram.count, options.damping ?? dampingShare);
  const right = cross.slice();
  for (let row = 0; row < outputs; row++) {
    for (let i = 0; i < n; i++) right[i * outputs + row]! += damping[i]! * weights[row * n + i]!;
  }
  const result =
    factorCost(weights, n) > factorBudget
      ? await solveTogether(product, matrix, n, right, weights)
      : solveEach(matrix, n, right, weights);
  const shifted = bias.slice();
  let [before, after, power] = [0, 0, 0];
  for (let row = 0; row < outputs; row++) {
    const old = weights.subarray(row * n, (row + 1) * n);
    const fresh = result.subarray(row * n, (row + 1) * n);
    if (options.free) shifted[row] = gram.outputMean[row]! - dot(fresh, gram.inputMean);
    before += rowError(gram, row, old, bias[row]!);
    after += rowError(gram, row, fresh, shifted[row]!);
    power += gram.outputPower[row]!;
  }
  const scale = power > 0 ? power : 1;
  return { weights: result, bias: shifted, errorBefore: before / scale, errorAfter: after / scale, damping };
}

/** Rows that keep the same columns as the one before share its factor. */
function factorCost(weights: Float64Array, n: number): number {
  let cost = 0;
  let before: Int32Array | undefined;
  for (let start = 0; start < weights.length; start += n) {
    const kept = columnsOf(weights.subarray(start, start + n));
    cost += before !== undefined && same(kept, before) ? kept.length ** 2 : kept.length ** 3 / 6;
    before = kept;
  }
  return cost;
}

function solveEach(
  matrix: Float64Array,
  n: number,
  right: Float64Array,
  weights: Float64Array,
): Float64Array {
  const outputs = weights.length / n;
  const result = weights.slice();
  const column = new Float64Array(n);
  let factor: MaskFactor | undefined;
  for (let row = 0; row < outputs; row++) {
    const own = result.subarray(row * n, (row + 1) * n);
    const kept = columnsOf(own);
    for (let i = 0; i < n; i++) column[i] = right[i * outputs + row]!;
    if (factor === undefined || !same(kept, factor.kept)) factor = factorOnMask(matrix, n, kept);
    // A row whose part cannot be factorized stays as it is.
    if (factor !== undefined) solveOnMask(factor, column, own);
  }
  return result;
}

function columnsOf(row: Float64Array): Int32Array {
  const kept: number[] = [];
  for (let i = 0; i < row.length; i++) if (row[i] !== 0) kept.push(i);
  return Int32Array.from(kept);
}

function same(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

async function solveTogether(
  product: GramProduct,
  matrix: Float64Array,
  n: number,
  right: Float64Array,
  weights: Float64Array,
): Promise<Float64Array> {
  const outputs = weights.length / n;
  const turned = transposed(weights, outputs, n);
  await solveRowsOnMask(product, matrix, n, right, turned);
  return transposed(turned, n, outputs);
}

function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = values[row * columns + column]!;
  }
  return result;
}

/** The moments of a layer that is to go on giving what it gives: its own outputs, without bias, are the target. */
export async function ownTarget(gram: Gram, weights: Float64Array, product: GramProduct): Promise<Gram> {
  const { inputs: n, inputMean, square } = gram;
  const outputs = weights.length / n;
  const turned = transposed(weights, outputs, n);
  const cross = Float64Array.from(
    await product.multiply(Float32Array.from(square), Float32Array.from(turned), n),
  );
  const outputMean = new Float64Array(outputs);
  const outputPower = new Float64Array(outputs);
  for (let row = 0; row < outputs; row++) {
    const own = weights.subarray(row * n, (row + 1) * n);
    outputMean[row] = dot(own, inputMean);
    for (let i = 0; i < n; i++) outputPower[row]! += own[i]! * cross[i * outputs + row]!;
  }
  return { ...gram, outputs, cross, outputMean, outputPower };
}

/** The moments about zero, of outputs without their bias. */
export function aboutZero(gram: Gram, bias: Float64Array): { square: Float64Array; cross: Float64Array } {
  const { count, inputs: n, outputs, inputMean, outputMean } = gram;
  const square = gram.square.slice();
  const cross = gram.cross.slice();
  for (let i = 0; i < n; i++) {
    const weight = count * inputMean[i]!;
    for (let j = 0; j < n; j++) square[i * n + j]! += weight * inputMean[j]!;
    for (let j = 0; j < outputs; j++) cross[i * outputs + j]! += weight * (outputMean[j]! - bias[j]!);
  }
  return { square, cross };
}

/** The squared error that a row of weights and its bias make on everything that was observed. */
export function rowError(gram: Gram, row: number, weights: Float64Array, bias: number): number {
  const { square, cross, inputs: n, outputs, count } = gram;
  let error = gram.outputPower[row]!;
  for (let i = 0; i < n; i++) {
    const weight = weights[i]!;
    if (weight === 0) continue;
    let product = -2 * cross[i * outputs + row]!;
    for (let j = 0; j < n; j++) product += weights[j]! * square[i * n + j]!;
    error += weight * product;
  }
  const shift = gram.outputMean[row]! - bias - dot(weights, gram.inputMean);
  return Math.max(0, error) + count * shift * shift;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
