import type { Graph } from '../../ir/graph.js';
import type { Pass } from '../pass.js';

/** Removes what no output depends on: nodes (one sweep from the end, bodies included), then constants and bare names. */
export const deadNodes: Pass = {
  name: 'dead-nodes',
  summary: 'Removes nodes and constants that no output depends on',
  effect: 'exact',
  run(model) {
    // A graph that declares no output is unfinished rather than dead.
    if (model.graph.outputs.length === 0) return { changes: 0, skipped: [] };
    return { changes: sweepNodes(model.graph) + dropUnusedValues(model.graph), skipped: [] };
  },
};

function sweepNodes(graph: Graph): number {
  let removed = 0;
  for (const node of graph.nodesReversed()) {
    if (node.outputs.every((value) => value === undefined || value.isUnused)) {
      graph.remove(node);
      removed += 1;
    } else if (graph.holdsBodies) {
      for (const body of node.subgraphs()) removed += sweepNodes(body);
    }
  }
  return removed;
}

function dropUnusedValues(graph: Graph): number {
  let dropped = 0;
  for (const scope of graph.withSubgraphs()) {
    for (const value of [...scope.values()]) {
      if (!value.isUnused || value.producer !== undefined || value.isGraphInput) continue;
      scope.removeValue(value);
      dropped += 1;
    }
  }
  return dropped;
}
