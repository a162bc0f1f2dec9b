import type { Node } from './node.js';

/** Every node in the bodies of a node, at any depth. */
export function* nodesInside(node: Node): Generator<Node> {
  for (const body of node.subgraphs()) {
    for (const inner of body.nodes()) {
      yield inner;
      yield* nodesInside(inner);
    }
  }
}

/** The bodies of a node that goes away no longer read anything; a loop that still reaches them finds no node. */
export function releaseOuterValues(node: Node): void {
  for (const body of node.subgraphs()) {
    for (const graph of body.withSubgraphs()) {
      for (const value of graph.outputs) value.outputSlots -= 1;
    }
  }
  for (const inner of nodesInside(node)) {
    inner.clearInputs();
    inner.removed = true;
  }
}
