import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import type { Tensor } from '../../tensor/tensor.js';
import { miss, type Miss } from '../fusion.js';
import { constantOf, isFoldable, knownRank } from '../match.js';
import { doesNotFit, roundedTensor, type Affine } from './affine.js';

/** A Gemm, or a MatMul of matrices, whose right side is constant, and its bias too where it has one. */
export interface Dense {
  readonly node: Node;
  readonly input: Value;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  /** What the bias is multiplied by. */
  readonly beta: number;
  /** True when the weight lies as [columns, rows]. */
  readonly transposed: boolean;
  readonly columns: number;
}

/** The constants of a Gemm or MatMul, or why they cannot be worked on; undefined where it is no dense layer. */
export function denseOf(node: Node): Dense | Miss | undefined {
  const [input, weightValue, biasValue] = node.inputs;
  const weight = constantOf(weightValue);
  if (input === undefined || weight?.dims.length !== 2) return undefined;
  if (!isFoldable(weight.dtype)) return miss(`the weights of ${node.label} are ${weight.dtype}`);
  if (node.is('MatMul')) {
    const rank = knownRank(input) ?? knownRank(node.outputs[0]);
    if (rank !== 2)
      return miss(
        rank === undefined ? `the rank of ${input.name} is unknown` : `${input.name} has rank ${rank}`,
      );
  }
  const transposed = node.is('Gemm') && node.int('transB', 0) !== 0;
  const columns = weight.dims[transposed ? 0 : 1]!;
  const bias = constantOf(biasValue);
  if (biasValue !== undefined && bias === undefined) return miss(`the bias of ${node.label} is not constant`);
  if (bias !== undefined && !broadcastsOverRows(bias, columns)) {
    return miss(`the bias of ${node.label} is not one number for each column`);
  }
  const beta = node.is('Gemm') ? node.float('beta', 1) : 1;
  return { node, input, weight, bias, beta, transposed, columns };
}

/** True for a constant that adds the same to each row of a matrix: [columns], [1, columns] or one number. */
export function broadcastsOverRows(bias: Tensor, columns: number): boolean {
  if (bias.dims.length > 2 || (bias.dims.length === 2 && bias.dims[0] !== 1)) return false;
  return bias.size === 1 || bias.dims.at(-1) === columns;
}

/** Weight and bias that do what the dense layer and the affine map of its columns do together. */
export function foldIntoDense(
  dense: Dense,
  { scale, shift }: Affine,
): { weight: Tensor; bias: Tensor } | Miss {
  const { weight, columns, transposed, beta } = dense;
  if (scale.length !== columns) return miss(`${scale.length} statistics do not fit ${columns} columns`);
  const rows = weight.size / columns;
  const values = weight.toNumbers();
  const scaled = new Float64Array(weight.size);
  for (let i = 0; i < scaled.length; i++) {
    scaled[i] = values[i]! * scale[transposed ? Math.floor(i / rows) : i % columns]!;
  }
  const old = dense.bias?.toNumbers() ?? [0];
  const shifted = Float64Array.from(
    shift,
    (value, c) => beta * old[old.length === 1 ? 0 : c]! * scale[c]! + value,
  );
  const newWeight = roundedTensor(weight.dtype, weight.dims, scaled);
  const newBias = roundedTensor(weight.dtype, [columns], shifted);
  return newWeight === undefined || newBias === undefined
    ? miss(doesNotFit)
    : { weight: newWeight, bias: newBias };
}
