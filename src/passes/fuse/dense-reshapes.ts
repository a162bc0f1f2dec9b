import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { Tensor } from '../../tensor/tensor.js';
import { fusion, miss } from '../fusion.js';
import { reshapeTarget } from '../simplify/reshape-target.js';
import { constantOf, isFoldable, soleProducer } from '../match.js';

/**
 * Exporters flatten a batch of sequences for a matrix product and unflatten it again. MatMul multiplies the
 * rows of a tensor of any rank by itself, and the arithmetic on dims behind the Reshapes goes with them.
 */
export const denseReshapes = fusion({
  name: 'dense-reshapes',
  summary: 'Multiplies tensors of rank 3 and more directly where Reshapes flatten them for a Gemm or MatMul',
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: 'Reshape',
  opset: { min: 7 },
  match(unflatten, { facts }) {
    const product = soleProducer(unflatten.inputs[0], 'Gemm', 'MatMul');
    const [flat, weightValue, biasValue] = product?.inputs ?? [];
    const flatten = flat?.producer;
    const input = flatten?.inputs[0];
    const output = unflatten.outputs[0]!;
    if (product === undefined || input === undefined || flatten?.is('Reshape') !== true) return undefined;
    const weight = constantOf(weightValue);
    const before = facts.dimsOf(input);
    const after = facts.dimsOf(output) ?? facts.integersOf(unflatten.inputs[1])?.elements;
    if (weight?.dims.length !== 2 || before === undefined || after === undefined) return undefined;
    if (facts.dimsOf(flat)?.length !== 2 || before.length < 3 || after.length < 3) return undefined;
    if (!isFoldable(weight.dtype)) return undefined;
    const rows = weight.dims[isTransposed(product) ? 1 : 0]!;
    const columns = weight.dims[isTransposed(product) ? 0 : 1]!;
    if (after.at(-1) !== columns) return miss('the Reshape behind it does not bring back the dims of before');
    // Where the flattening joins the last axes as well, that much of it stays.
    const wanted = [...after.slice(0, -1), rows];
    const isThere =
      wanted.length === before.length &&
      wanted.every((dim, axis) => dim !== undefined && dim === before[axis]);
    const target = isThere ? undefined : reshapeTarget(before, wanted);
    if (!isThere && target === undefined) return miss('more than one length in front of it is not known');
    if (product.is('Gemm') && !isPlain(product)) return miss(`${product.label} transposes or scales`);
    const bias = constantOf(biasValue);
    if (biasValue !== undefined && (bias === undefined || bias.dims.length > 1))
      return miss(`the bias of ${product.label} is no constant vector`);
    return { input, target, output, weight, weightValue: weightValue!, biasValue, product };
  },
  rewrite({ input, target, output, weight, weightValue, biasValue, product }, edit) {
    const matrix = isTransposed(product)
      ? edit.constant(`${weightValue.name}_transposed`, transposed(weight))
      : weightValue;
    const rows = target === undefined ? input : reshaped(target);
    const multiplied = edit.node('MatMul', [rows, matrix], { name: product.name }).outputs[0]!;
    multiplied.type = output.type;
    edit.replace(output, biasValue === undefined ? multiplied : added(multiplied));

    function reshaped(lengths: number[]): Value {
      const shape = edit.constant(`${input.name}_shape`, Tensor.int64([lengths.length], lengths));
      return edit.node('Reshape', [input, shape]).outputs[0]!;
    }

    function added(value: Value): Value {
      const sum = edit.node('Add', [value, biasValue], { name: `${product.name}_bias` }).outputs[0]!;
      sum.type = output.type;
      return sum;
    }
  },
});

function isTransposed(product: Node): boolean {
  return product.is('Gemm') && product.int('transB', 0) !== 0;
}

function isPlain(gemm: Node): boolean {
  return gemm.float('alpha', 1) === 1 && gemm.float('beta', 1) === 1 && gemm.int('transA', 0) === 0;
}

/** A matrix with its axes swapped; elements are moved, not computed. */
export function transposed(matrix: Tensor): Tensor {
  const [rows, columns] = [matrix.dims[0]!, matrix.dims[1]!];
  const size = matrix.byteLength / Math.max(1, matrix.size);
  const from = matrix.bytes();
  const to = new Uint8Array(from.byteLength);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const source = (row * columns + column) * size;
      to.set(from.subarray(source, source + size), (column * rows + row) * size);
    }
  }
  return Tensor.fromBytes(matrix.dtype, [columns, rows], to);
}
