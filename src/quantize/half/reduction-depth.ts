import type { Node } from '../../ir/node.js';
import { integersOf } from '../../passes/match.js';

/**
 * How many elements of its data an operator sums up for one of its results, where the sum is kept in the type of the
 * data. Undefined for operators without such a sum: products of matrices and Convs are summed in float32 by the
 * libraries for GPUs (cuBLAS and cuDNN, unless told otherwise), and so are LayerNormalization (`stash_type`) and its kin.
 * @param dims of the data
 */
export function reductionDepth(node: Node, dims: readonly number[]): number | undefined {
  if (node.domain !== '') return undefined;
  if (['GlobalAveragePool', 'GlobalLpPool', 'InstanceNormalization'].includes(node.opType))
    return product(dims.slice(2));
  if (!sums.has(node.opType)) return undefined;
  const axes = axesOf(node);
  if (axes === undefined) return undefined;
  if (axes.length === 0) return node.int('noop_with_empty_axes', 0) === 0 ? product(dims) : 1;
  return product(axes.map((axis) => dims.at(axis) ?? 1));
}

const sums: ReadonlySet<string> = new Set([
  'ReduceSum',
  'ReduceMean',
  'ReduceL1',
  'ReduceL2',
  'ReduceLogSum',
  'ReduceSumSquare',
]);

/** An attribute before opset 18 (13 for ReduceSum), an input since then; undefined where it is computed. */
function axesOf(node: Node): readonly number[] | undefined {
  if (node.inputs[1] !== undefined) return integersOf(node.inputs[1]);
  return node.ints('axes') ?? [];
}

function product(dims: readonly number[]): number {
  return dims.reduce((a, b) => a * b, 1);
}
