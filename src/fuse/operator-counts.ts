import type { Model } from '../ir/model.js';
import type { OperatorCount } from './result.js';

export function operatorCounts(model: Model): Map<string, number> {
  const counts = new Map<string, number>();
  for (const graph of model.graphs())
    for (const node of graph.nodes())
      counts.set(node.qualifiedType, (counts.get(node.qualifiedType) ?? 0) + 1);
  return counts;
}

export function compareCounts(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): OperatorCount[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((operator) => ({ operator, before: before.get(operator) ?? 0, after: after.get(operator) ?? 0 }))
    .sort((a, b) => b.before - a.before || b.after - a.after || (a.operator < b.operator ? -1 : 1));
}
