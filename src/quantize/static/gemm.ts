import type { Node } from '../../ir/node.js';
import { Tensor } from '../../tensor/tensor.js';
import type { WeightLayout } from '../targets/target.js';

/**
 * Constant weights and bias of a compute node. The factors of Gemm go into them (the integer kernel knows
 * no beta, and silently gives wrong numbers with one), and its bias becomes one number a column.
 */
export function gemmOperands(
  node: Node,
  layout: WeightLayout,
): { weights: Tensor; bias: Float32Array | undefined } {
  const weights = node.inputs[layout.index]!.constant!;
  const bias = layout.biasIndex === undefined ? undefined : node.inputs[layout.biasIndex]?.constant;
  if (!node.is('Gemm')) return { weights, bias: bias?.toFloat32() };
  const alpha = node.float('alpha', 1);
  const beta = node.float('beta', 1);
  node.attributes.delete('alpha');
  node.attributes.delete('beta');
  const columns = weights.dims[layout.channelAxis!]!;
  return { weights: scaled(weights, alpha), bias: bias === undefined ? undefined : row(bias, beta, columns) };
}

function scaled(tensor: Tensor, factor: number): Tensor {
  return factor === 1
    ? tensor
    : Tensor.float32(
        tensor.dims,
        tensor.toFloat32().map((value) => value * factor),
      );
}

function row(bias: Tensor, factor: number, columns: number): Float32Array {
  const values = bias.toFloat32();
  return Float32Array.from(
    { length: columns },
    (_, column) => values[values.length === 1 ? 0 : column]! * factor,
  );
}
