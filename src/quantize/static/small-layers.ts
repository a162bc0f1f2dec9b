import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { placesOf } from './calibration.js';
import type { StaticPlan } from './plan.js';

/** Share of all weights that may keep 8 bits where the others have 4. */
const smallShare = 0.05;

/**
 * Places of the layers with the fewest weights, which together hold a twentieth of them all. Few bits save nothing there
 * and cost most: depthwise layers have nine weights a channel, which cannot make up for each other's rounding.
 */
export function smallLayers(model: Model, plan: StaticPlan): ReadonlySet<number> {
  const places = placesOf(model.graph);
  const layers = plan.groups.flatMap(({ node, rule }) => {
    const index = rule.weights?.(node).index;
    const size = index === undefined ? 0 : (node.inputs[index]?.constant?.size ?? 0);
    return size === 0 ? [] : [{ node, size }];
  });
  const total = layers.reduce((sum, { size }) => sum + size, 0);
  const chosen: Node[] = [];
  let taken = 0;
  for (const { node, size } of layers.sort((a, b) => a.size - b.size)) {
    taken += size;
    if (taken > smallShare * total) break;
    chosen.push(node);
  }
  return new Set(chosen.map((node) => places.get(node)!));
}
