import type { GramProduct } from '../../calibrate/gram-product.js';
import type { Node } from '../../ir/node.js';
import type { IntegerGroup } from '../static/plan.js';
import { MomentsObserver, momentsSize } from './moments.js';

/** Samples whose inputs are looked at, each at many places. */
const samplesForMoments = 32;

/** Rows longer than this take too long, and their moments too much memory. */
const longestRow = 1152;

/** For all moments of a model together, in bytes; the layers with the shortest rows come first. */
const memoryLimit = 256 * 2 ** 20;

/** Observers of the second moments of the inputs of compute groups, for as many as the memory allows. */
export function momentObservers(
  groups: readonly IntegerGroup[],
  product: GramProduct,
): Map<Node, MomentsObserver> {
  const wanted = groups.flatMap(({ node, rule }) => {
    const layout = rule.weights?.(node);
    const weights = layout === undefined ? undefined : node.inputs[layout.index]?.constant;
    const input = node.inputs[rule.dataInputs(node)[0]!];
    if (weights === undefined || input === undefined || input.constant !== undefined) return [];
    if (node.is('MatMul') && weights.dims.length !== 2) return [];
    const n = momentsSize(node, weights.dims);
    const bytes = 8 * n * n * (node.is('Conv') ? node.int('group', 1) : 1);
    return n <= longestRow ? [{ node, input, dims: weights.dims, bytes }] : [];
  });
  wanted.sort((a, b) => a.bytes - b.bytes);
  const observers = new Map<Node, MomentsObserver>();
  let total = 0;
  for (const { node, input, dims, bytes } of wanted) {
    total += bytes;
    if (total > memoryLimit) break;
    observers.set(node, new MomentsObserver(node, input, dims, samplesForMoments, product));
  }
  return observers;
}
