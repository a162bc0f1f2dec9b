import type { GramProduct } from '../../calibrate/gram-product.js';
import { windowOf } from '../../calibrate/gram-patches.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import type { IntegerGroup } from '../static/plan.js';
import { fewRowsPerInput, MomentsObserver, momentsSize } from './moments.js';

/** Samples whose inputs are looked at, each at many places. */
const samplesForMoments = 32;

/** With 4 bits weights move far, and would fit the samples instead of the data: more samples at more places. */
const thorough = { samples: 128, rowsPerInput: 16 };

const usual = { samples: samplesForMoments, rowsPerInput: fewRowsPerInput };

/** Rows longer than this take too long, and their moments too much memory. */
const longestRow = 1152;

/** For all moments of a model together, in bytes; the layers with the shortest rows come first. */
const memoryLimit = 256 * 2 ** 20;

/** A node whose weights are to be rounded by what its input is. */
export interface Watched {
  readonly node: Node;
  readonly input: Value;
  readonly weightDims: readonly number[];
}

/** Observers of the second moments of the inputs of compute groups; see `observersFor`. */
export function momentObservers(
  groups: readonly IntegerGroup[],
  product: GramProduct,
  bits: 4 | 8 = 8,
): Map<Node, MomentsObserver> {
  const wanted = groups.flatMap(({ node, rule }): Watched[] => {
    const layout = rule.weights?.(node);
    const weights = layout === undefined ? undefined : node.inputs[layout.index]?.constant;
    const input = node.inputs[rule.dataInputs(node)[0]!];
    if (weights === undefined || input === undefined || input.constant !== undefined) return [];
    if (node.is('MatMul') && weights.dims.length !== 2) return [];
    return [{ node, input, weightDims: weights.dims }];
  });
  return observersFor(wanted, product, bits);
}

/**
 * Observers of the second moments of what nodes multiply with, for as many as the memory allows. Nodes that see
 * the same value in the same way share one.
 */
export function observersFor(
  wanted: readonly Watched[],
  product: GramProduct,
  bits: 4 | 8 = 8,
): Map<Node, MomentsObserver> {
  const { samples, rowsPerInput } = bits === 4 ? thorough : usual;
  const sized = wanted.flatMap((watched) => {
    const n = momentsSize(watched.node, watched.weightDims);
    const groups = watched.node.is('Conv') ? watched.node.int('group', 1) : 1;
    return n <= longestRow ? [{ ...watched, bytes: 8 * n * n * groups }] : [];
  });
  sized.sort((a, b) => a.bytes - b.bytes);
  const observers = new Map<Node, MomentsObserver>();
  const known = new Map<Value, Map<string, MomentsObserver>>();
  let total = 0;
  for (const { node, input, weightDims, bytes } of sized) {
    const ofInput = known.get(input) ?? new Map<string, MomentsObserver>();
    known.set(input, ofInput);
    const view = viewOf(node, weightDims);
    let observer = ofInput.get(view);
    if (observer === undefined) {
      total += bytes;
      if (total > memoryLimit) break;
      observer = new MomentsObserver(node, input, weightDims, samples, product, rowsPerInput);
      ofInput.set(view, observer);
    }
    observers.set(node, observer);
  }
  return observers;
}

/** What of its input a node multiplies with one row of its weights, as text. */
function viewOf(node: Node, weightDims: readonly number[]): string {
  if (!node.is('Conv')) return 'rows';
  return JSON.stringify([node.int('group', 1), weightDims[1], windowOf(node, weightDims)]);
}
