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
  const rowMajor = node.is('Conv') || (node.is('Gemm') && node.int('transB', 0) !== 0);
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
