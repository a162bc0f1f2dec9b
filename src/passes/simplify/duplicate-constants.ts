import type { Graph } from '../../ir/graph.js';
import type { Value } from '../../ir/value.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Pass } from '../pass.js';
import { contentHash, shapeKey } from './content-hash.js';

type Constant = Value & { constant: Tensor };

/** Keeps one constant of each content, type and shape in a scope. Only tensors of equal shape are ever read. */
export const duplicateConstants: Pass = {
  name: 'duplicate-constants',
  summary: 'Keeps one of several constants with the same content',
  effect: 'exact',
  run(model) {
    let changes = 0;
    for (const graph of model.graphs()) changes += shareWithin(graph);
    return { changes, skipped: [] };
  },
};

function shareWithin(graph: Graph): number {
  const byShape = new Map<string, Constant[]>();
  for (const value of graph.constants()) {
    // One that a caller may replace is not the same as any other.
    if (value.isGraphInput) continue;
    const key = shapeKey(value.constant);
    const group = byShape.get(key);
    if (group === undefined) byShape.set(key, [value]);
    else group.push(value);
  }
  let changes = 0;
  for (const group of byShape.values()) {
    if (group.length < 2) continue;
    const kept = new Map<string, Constant>();
    for (const value of group) {
      const hash = contentHash(value.constant);
      const same = kept.get(hash);
      if (same === undefined) kept.set(hash, value);
      else if (!value.isGraphOutput) {
        for (const use of value.uses) use.node.setInput(use.index, same);
        graph.removeValue(value);
        changes += 1;
      }
    }
  }
  return changes;
}
