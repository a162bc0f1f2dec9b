import type { Model } from './model.js';
import type { Node } from './node.js';

/** Every node of a model's graphs, bodies included; nodes may be removed while looping. */
export function* allOf(model: Model): Generator<Node> {
  for (const graph of model.graphs()) yield* graph.nodes();
}
