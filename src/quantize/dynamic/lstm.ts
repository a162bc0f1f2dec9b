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
    const [input, recurrent] = [node.inputs[1]!, node.inputs[2]!].map((source) =>
      context.constants.of(source, 'lstm', () => quantizeGates(source.constant!, context.target.weightBound)),
    ) as [Gates, Gates];
    const rest = Array.from({ length: 5 }, (_, index) => node.inputs[index + 3]);
    const inputs = [node.inputs[0], input.quantized, recurrent.quantized, ...rest];
    const replacement = edit.node(
      'DynamicQuantizeLSTM',
      [...inputs, input.scale, input.zero_point, recurrent.scale, recurrent.zero_point],
      {
        domain: 'com.microsoft',
        // It knows no other layout than 0, nor the attribute.
        attributes: [...node.attributes].filter(([name]) => name !== 'layout'),
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

type Gates = Record<'quantized' | 'scale' | 'zero_point', Value>;

function quantizeGates(source: Tensor, bound: number): Record<keyof Gates, Tensor> {
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
    quantized: Tensor.of('int8', [directions, columns, rows], integers),
    scale: Tensor.float32([directions, rows], scales),
    zero_point: Tensor.of('int8', [directions, rows], new Int8Array(directions * rows)),
  };
}
