import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import type { Edit } from '../../passes/edit.js';
import { constantOf } from '../../passes/match.js';
import { Tensor } from '../../tensor/tensor.js';
import { clamp, roundHalfEven } from '../affine.js';
import type { DynamicRewrite } from './rewrite.js';

/**
 * LSTM as com.microsoft.DynamicQuantizeLSTM: weights transposed to [directions, inputs, 4 * hidden], with a
 * scale for every gate and unit (docs/ContribOperators.md of onnxruntime).
 */
export const lstm: DynamicRewrite = {
  name: 'lstm',
  summary: 'LSTM multiplies integers (com.microsoft.DynamicQuantizeLSTM)',
  operators: ['LSTM'],
  refuse(node) {
    const weights = [constantOf(node.inputs[1]), constantOf(node.inputs[2])];
    if (weights.includes(undefined)) return 'its weights are no constants';
    if (weights.some((tensor) => tensor?.dtype !== 'float32')) return 'its weights are not float32';
    if (node.int('layout', 0) !== 0) return 'its batch comes first (layout 1)';
    return undefined;
  },
  apply(node, edit, context) {
    const input = quantizeGates(node.inputs[1]!, context.target.weightBound, edit);
    const recurrent = quantizeGates(node.inputs[2]!, context.target.weightBound, edit);
    const rest = Array.from({ length: 5 }, (_, index) => node.inputs[index + 3]);
    const inputs = [node.inputs[0], input.weights, recurrent.weights, ...rest];
    const replacement = edit.node(
      'DynamicQuantizeLSTM',
      [...inputs, input.scale, input.zeroPoint, recurrent.scale, recurrent.zeroPoint],
      {
        domain: 'com.microsoft',
        attributes: node.attributes,
        outputs: node.outputs.length,
      },
    );
    context.useDomain('com.microsoft', 1);
    replaceOutputs(node, replacement, edit);
  },
};

function replaceOutputs(node: Node, replacement: Node, edit: Edit): void {
  const pairs = node.outputs.map((value, index) => [value, replacement.outputs[index]] as const);
  for (const [old, value] of pairs)
    if (old !== undefined && value !== undefined && !old.isUnused) edit.replace(old, value);
}

function quantizeGates(
  value: Value,
  bound: number,
  edit: Edit,
): { weights: Value; scale: Value; zeroPoint: Value } {
  const source = value.constant!;
  const [directions, rows, columns] = source.dims as [number, number, number];
  const numbers = source.toFloat32();
  const scales = new Float32Array(directions * rows);
  const integers = new Int8Array(numbers.length);
  for (let row = 0; row < directions * rows; row++) {
    const direction = Math.floor(row / rows);
    let largest = 0;
    for (let column = 0; column < columns; column++)
      largest = Math.max(largest, Math.abs(numbers[row * columns + column]!));
    const scale = Math.fround(largest > 0 ? largest / bound : 1);
    scales[row] = scale;
    for (let column = 0; column < columns; column++) {
      const at = (direction * columns + column) * rows + (row % rows);
      integers[at] = clamp(roundHalfEven(numbers[row * columns + column]! / scale), -bound, bound);
    }
  }
  return {
    weights: edit.constant(
      `${value.name}_quantized`,
      Tensor.of('int8', [directions, columns, rows], integers),
    ),
    scale: edit.constant(`${value.name}_scale`, Tensor.float32([directions, rows], scales)),
    zeroPoint: edit.constant(
      `${value.name}_zero_point`,
      Tensor.of('int8', [directions, rows], new Int8Array(directions * rows)),
    ),
  };
}
