import type { Node } from '../../ir/node.js';
import { Tensor } from '../../tensor/tensor.js';
import type { QuantizedWeights } from '../weights.js';
import { descendRow, uniformGrid } from './descent.js';
import type { Moments } from './moments.js';

/**
 * The same weights with integers that change the layer's output less, by the second moments of its inputs;
 * scales stay. Weights of Conv [out, in / group, ...], Gemm and MatMul [in, out] or, with transB, [out, in].
 */
export function roundByMoments(
  node: Node,
  weights: Tensor,
  quantized: QuantizedWeights,
  moments: Moments,
  bound: number,
): QuantizedWeights {
  const source = weights.toFloat32();
  const scales = quantized.scale.toFloat32();
  const { n } = moments;
  const rows = source.length / n;
  const rowMajor = isRowMajor(node);
  const result = new Int8Array(source.length);
  const row = new Float64Array(n);
  const integers = new Int8Array(n);
  const rowsOfGroup = rows / moments.groups.length;
  for (let r = 0; r < rows; r++) {
    const at = (column: number): number => (rowMajor ? r * n + column : column * rows + r);
    for (let column = 0; column < n; column++) row[column] = source[at(column)]!;
    const group = moments.groups[Math.floor(r / rowsOfGroup)]!;
    const scale = scales[scales.length === 1 ? 0 : r]!;
    descendRow(row, group, uniformGrid(n, scale, bound), integers);
    for (let column = 0; column < n; column++) result[at(column)] = integers[column]!;
  }
  return { ...quantized, values: Tensor.of('int8', weights.dims, result) };
}

/** Shares of a row's scale that are tried when it may change as well. */
const shares = [1.3, 1.15, 1, 0.88, 0.77, 0.67];

/**
 * As `roundByMoments`, with the scale of each row chosen together with its integers: the one of a few around the given
 * one that leaves least of the output's error. With few bits the best scale hangs on which weights matter. `least`:
 * scales that must not be gone below, one a row or one for all.
 */
export function roundAndScaleByMoments(
  node: Node,
  weights: Tensor,
  quantized: QuantizedWeights,
  moments: Moments,
  bound: number,
  least: ArrayLike<number> | undefined,
): QuantizedWeights {
  if (quantized.scale.size === 1) return roundByMoments(node, weights, quantized, moments, bound);
  const scales = quantized.scale.toFloat32();
  let best = roundByMoments(node, weights, quantized, moments, bound);
  let errors = rowErrors(node, weights, best, moments);
  for (const share of shares) {
    const tried = scales.map((scale, row) => Math.max(Math.fround(scale * share), least?.[row] ?? 0));
    const scale = Tensor.float32(quantized.scale.dims, tried);
    const other = roundByMoments(node, weights, { ...quantized, scale }, moments, bound);
    const otherErrors = rowErrors(node, weights, other, moments);
    const better = errors.map((error, row) => (otherErrors[row]! < error ? 1 : 0));
    best = mixRows(node, moments.n, best, other, better);
    errors = errors.map((error, row) => Math.min(error, otherErrors[row]!));
  }
  return best;
}

/** Rows of one choice, and of another where it is marked as better. */
function mixRows(
  node: Node,
  n: number,
  best: QuantizedWeights,
  other: QuantizedWeights,
  better: Float64Array,
): QuantizedWeights {
  const rows = better.length;
  const rowMajor = isRowMajor(node);
  const [a, b] = [best.values.toNumbers(), other.values.toNumbers()];
  const values = Int8Array.from(a, (value, at) =>
    better[rowMajor ? Math.floor(at / n) : at % rows] === 1 ? b[at]! : value,
  );
  const [x, y] = [best.scale.toFloat32(), other.scale.toFloat32()];
  return {
    ...best,
    values: Tensor.of('int8', best.values.dims, values),
    scale: Tensor.float32(
      best.scale.dims,
      x.map((scale, row) => (better[row] === 1 ? y[row]! : scale)),
    ),
  };
}

/** (q s - w)ᵀ H (q s - w) of each row. */
function rowErrors(
  node: Node,
  weights: Tensor,
  { values, scale }: QuantizedWeights,
  { n, groups }: Moments,
): Float64Array {
  const source = weights.toFloat32();
  const integers = values.toNumbers();
  const scales = scale.toFloat32();
  const rows = source.length / n;
  const rowMajor = isRowMajor(node);
  const lost = new Float64Array(n);
  return Float64Array.from({ length: rows }, (_, row) => {
    const moments = groups[Math.floor(row / (rows / groups.length))]!;
    for (let column = 0; column < n; column++) {
      const at = rowMajor ? row * n + column : column * rows + row;
      lost[column] = integers[at]! * scales[row]! - source[at]!;
    }
    let error = 0;
    for (let i = 0; i < n; i++) {
      let product = 0;
      for (let j = 0; j < n; j++) product += moments[i * n + j]! * lost[j]!;
      error += lost[i]! * product;
    }
    return error;
  });
}

function isRowMajor(node: Node): boolean {
  return node.is('Conv') || (node.is('Gemm') && node.int('transB', 0) !== 0);
}
