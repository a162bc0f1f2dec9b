import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import type { Edit } from '../../passes/edit.js';
import { constantOf } from '../../passes/match.js';
import { dtypeCode } from '../../tensor/dtype.js';
import { Tensor } from '../../tensor/tensor.js';
import { quantizeWeights } from '../weights.js';
import type { DynamicRewrite } from './rewrite.js';

/** Below this many weights the integer kernel gains less than rounding the activations costs. */
const fewestWeights = 1024;

/**
 * MatMul and Gemm with constant weights, as DynamicQuantizeLinear, MatMulInteger, Cast and Mul: the form that
 * the runtime fuses into one kernel (its MatMulIntegerToFloatFusion and DynamicQuantizeMatMulFusion).
 */
export const dense: DynamicRewrite = {
  name: 'dense',
  summary: 'MatMul and Gemm with constant weights multiply integers',
  operators: ['MatMul', 'Gemm'],
  refuse(node) {
    const weights = constantOf(node.inputs[1]);
    if (weights === undefined) return 'its second operand is no constant';
    if (weights.dtype !== 'float32') return `its weights are ${weights.dtype}`;
    if (weights.dims.length !== 2) return `its weights have ${weights.dims.length} dims`;
    if (weights.size < fewestWeights) return 'it has too few weights to gain';
    if (node.is('Gemm') && node.int('transA', 0) !== 0) return 'its first operand is transposed';
    return undefined;
  },
  apply(node, edit, { target, constants }) {
    const input = node.inputs[0]!;
    const source = node.inputs[1]!;
    const transposed = node.is('Gemm') && node.int('transB', 0) !== 0;
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
    edit.replace(node.outputs[0]!, withBias(node, scaled.outputs[0]!, edit));
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

function withBias(node: Node, product: Value, edit: Edit): Value {
  const bias = node.is('Gemm') ? node.inputs[2] : undefined;
  if (bias === undefined) return product;
  const beta = node.float('beta', 1);
  if (beta === 1) return edit.node('Add', [product, bias]).outputs[0]!;
  const constant = constantOf(bias);
  const scaled =
    constant === undefined
      ? edit.node('Mul', [bias, edit.constant(`${bias.name}_factor`, Tensor.float32([], [beta]))]).outputs[0]!
      : edit.constant(
          bias.name,
          Tensor.float32(
            constant.dims,
            constant.toFloat32().map((value) => value * beta),
          ),
        );
  return edit.node('Add', [product, scaled]).outputs[0]!;
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
