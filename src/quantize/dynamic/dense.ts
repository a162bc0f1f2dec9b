import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import type { Edit } from '../../passes/edit.js';
import { dtypeCode } from '../../tensor/dtype.js';
import { Tensor } from '../../tensor/tensor.js';
import { denseBias, denseWeights, refuseDense } from '../dense-node.js';
import { quantizeWeights } from '../weights.js';
import type { DynamicRewrite } from './rewrite.js';

/**
 * MatMul and Gemm with constant weights, as DynamicQuantizeLinear, MatMulInteger, Cast and Mul: the form that
 * the runtime fuses into one kernel (its MatMulIntegerToFloatFusion and DynamicQuantizeMatMulFusion).
 */
export const dense: DynamicRewrite = {
  name: 'dense',
  summary: 'MatMul and Gemm with constant weights multiply integers',
  operators: ['MatMul', 'Gemm'],
  refuse: (node) => refuseDense(node),
  apply(node, edit, { target, constants }) {
    const input = node.inputs[0]!;
    const { source, transposed } = denseWeights(node)!;
    const alpha = node.is('Gemm') ? node.float('alpha', 1) : 1;
    const weights = constants.of(source, `dense ${transposed} ${alpha}`, () => {
      const { values, scale } = quantizeWeights(
        columnsLast(source.constant!, transposed),
        1,
        target.weightBound,
      );
      return {
        quantized: values,
        scale: Tensor.float32(
          scale.dims,
          scale.toFloat32().map((one) => one * alpha),
        ),
        zero_point: Tensor.of('int8', scale.dims, new Int8Array(scale.size)),
      };
    });
    const rounded = roundedInput(input, node, edit);
    const product = edit.node('MatMulInteger', [
      rounded.integers,
      weights.quantized,
      rounded.zeroPoint,
      weights.zero_point,
    ]);
    const sum = edit.node('Cast', [product.outputs[0]], {
      attributes: [['to', attribute.int(dtypeCode('float32'))]],
    });
    const scale = edit.node('Mul', [rounded.scale, weights.scale]);
    const scaled = edit.node('Mul', [sum.outputs[0], scale.outputs[0]]);
    edit.replace(node.outputs[0]!, denseBias(node, scaled.outputs[0]!, edit));
  },
};

/** The input rounded to uint8, once for all readers behind it in the same graph. */
function roundedInput(
  input: Value,
  reader: Node,
  edit: Edit,
): { integers: Value; scale: Value; zeroPoint: Value } {
  const known = input.consumers.find(
    (other) => other.is('DynamicQuantizeLinear') && other.graph === reader.graph && precedes(other, reader),
  );
  const node =
    known ?? edit.node('DynamicQuantizeLinear', [input], { outputs: 3, outputName: `${input.name}_rounded` });
  const [integers, scale, zeroPoint] = node.outputs;
  return { integers: integers!, scale: scale!, zeroPoint: zeroPoint! };
}

function precedes(first: Node, second: Node): boolean {
  for (let node = second.previous; node !== undefined; node = node.previous) if (node === first) return true;
  return false;
}

/** Weights as [inputs, outputs]. */
function columnsLast(weights: Tensor, transposed: boolean): Tensor {
  if (!transposed) return weights;
  const [rows, columns] = weights.dims as [number, number];
  const source = weights.toFloat32();
  const result = new Float32Array(source.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = source[row * columns + column]!;
  }
  return Tensor.float32([columns, rows], result);
}
