import { collect, type CollectOptions } from '../../calibrate/collect.js';
import { MagnitudeObserver } from '../../calibrate/magnitude-observer.js';
import type { SampleSet } from '../../data/types.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { staticDims } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { dtypeOf } from '../../passes/match.js';
import { float16 } from './half-type.js';
import { reductionDepth } from './reduction-depth.js';

/** Other samples reach further than those that were watched. */
const margin = 2;

/**
 * Runs a prepared float32 model over the samples and names the nodes that float16 would break, with the reason: what
 * they give or read goes beyond its range, keeps too few of its digits, or is a sum of more terms than it can count.
 * Values in bodies of If, Loop and Scan are not watched.
 */
export async function watchRanges(
  model: Model,
  samples: SampleSet,
  options: CollectOptions,
): Promise<ReadonlyMap<Node, string>> {
  const { graph } = model;
  const floats = [...graph.values()].filter(
    (value) => value.constant === undefined && dtypeOf(value) === 'float32',
  );
  const observers = new Map(floats.map((value) => [value, new MagnitudeObserver(value)]));
  await collect(model, [...observers.values()], samples, options);
  const reasons = new Map<Node, string>();
  for (const [value, { peak }] of observers) {
    const reason = rangeReason(value, peak);
    if (reason === undefined) continue;
    // Its readers would have to take it in 16 bits.
    for (const node of [value.producer, ...value.uses.map((use) => use.node)])
      if (node?.graph === graph && !reasons.has(node)) reasons.set(node, reason);
  }
  for (const node of graph.nodes()) {
    const reason = reasons.has(node) ? undefined : sumReason(node, observers);
    if (reason !== undefined) reasons.set(node, reason);
  }
  return reasons;
}

function rangeReason({ name }: Value, peak: number): string | undefined {
  if (peak * margin > float16.largest) {
    return `${name} reaches ${peak.toPrecision(3)} on the samples; float16 ends at ${float16.largest}`;
  }
  if (peak > 0 && peak < float16.smallestNormal) {
    return `${name} stays below ${float16.smallestNormal.toPrecision(2)} on the samples, where float16 has few digits`;
  }
  return undefined;
}

/**
 * A running sum in float16 stands still when its terms fall below half of its last digit: for terms of one size after
 * 2^11 of them, and it may leave the range before the mean is taken.
 */
function sumReason(node: Node, observers: ReadonlyMap<Value, { readonly mean: number }>): string | undefined {
  const [data] = node.inputs;
  const mean = data === undefined ? undefined : observers.get(data)?.mean;
  const dims = staticDims(data?.type);
  if (mean === undefined || dims === undefined) return undefined;
  const terms = reductionDepth(node, dims);
  if (terms === undefined) return undefined;
  if (terms > float16.countable)
    return `it sums ${terms} numbers at a time; float16 counts to ${float16.countable}`;
  // Where squares are summed the mean of the squares is at least the square of the mean.
  const sum = (node.is('ReduceL2', 'ReduceSumSquare') ? mean ** 2 : mean) * terms;
  return sum * margin > float16.largest
    ? `its sums come to ${sum.toPrecision(3)} on the samples; float16 ends at ${float16.largest}`
    : undefined;
}
