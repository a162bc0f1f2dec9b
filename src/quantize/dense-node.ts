import type { Node } from '../ir/node.js';
import type { Value } from '../ir/value.js';
import type { Edit } from '../passes/edit.js';
import { constantOf, producerOf } from '../passes/match.js';
import { Tensor } from '../tensor/tensor.js';

/** Below this many weights a kernel with small weights gains less than it costs. */
const fewestWeights = 1024;

/** The constant that a MatMul or Gemm multiplies with. */
export interface DenseWeights {
  readonly source: Value;
  /** True when `source` is [outputs, inputs]. */
  readonly transposed: boolean;
}

/**
 * The constant second operand, also where a Transpose turns it first (a table that serves as the output weights
 * as well is turned at every run, as a turned copy would double the file).
 */
export function denseWeights(node: Node): DenseWeights | undefined {
  const operand = node.inputs[1];
  const transposed = node.is('Gemm') && node.int('transB', 0) !== 0;
  if (operand !== undefined && constantOf(operand) !== undefined) return { source: operand, transposed };
  const turning = producerOf(operand, 'Transpose');
  const source = turning?.inputs[0];
  if (source === undefined || constantOf(source)?.dims.length !== 2) return undefined;
  const perm = turning?.ints('perm') ?? [1, 0];
  return { source, transposed: perm[0] === 1 ? !transposed : transposed };
}

/** Why the weights of a MatMul or Gemm cannot be stored as integers; undefined when they can. */
export function refuseDense(node: Node): string | undefined {
  const weights = constantOf(denseWeights(node)?.source);
  if (weights === undefined) return 'its second operand is no constant';
  if (weights.dtype !== 'float32') return `its weights are ${weights.dtype}`;
  if (weights.dims.length !== 2) return `its weights have ${weights.dims.length} dims`;
  if (weights.size < fewestWeights) return 'it has too few weights to gain';
  if (node.is('Gemm') && node.int('transA', 0) !== 0) return 'its first operand is transposed';
  return undefined;
}

/** What a Gemm adds to its product, beta times the bias; a MatMul adds nothing. */
export function denseBias(node: Node, product: Value, edit: Edit): Value {
  const bias = node.is('Gemm') ? node.inputs[2] : undefined;
  if (bias === undefined) return product;
  const beta = node.float('beta', 1);
  const constant = constantOf(bias);
  if (beta === 1) {
    // The runtime makes a Gemm of the two again, and no kernel with small weights of it unless the bias is a vector.
    const row =
      constant?.dims.length === 2 && constant.dims[0] === 1 ? constant.reshaped([constant.size]) : undefined;
    return edit.node('Add', [product, row === undefined ? bias : edit.constant(bias.name, row)]).outputs[0]!;
  }
  const scaled =
    constant === undefined
      ? edit.node('Mul', [bias, edit.constant(`${bias.name}_factor`, Tensor.float32([], [beta]))]).outputs[0]!
      : edit.constant(
          bias.name,
          Tensor.float32(
            constant.dims.length === 2 && constant.dims[0] === 1 ? [constant.size] : constant.dims,
            constant.toFloat32().map((value) => value * beta),
          ),
        );
  return edit.node('Add', [product, scaled]).outputs[0]!;
}
