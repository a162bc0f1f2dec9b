import type { Graph } from '../../ir/graph.js';
import type { Value } from '../../ir/value.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Pass } from '../pass.js';
import { contentHash, shapeKey } from './content-hash.js';

type Constant = Value & { constant: Tensor };

/**
 * Keeps one constant of each content, type and shape. Only tensors of equal shape are ever read. Small ones
 * are shared within their scope; weights across bodies as well, where they move to the main graph.
 */
export const duplicateConstants: Pass = {
  name: 'duplicate-constants',
  summary: 'Keeps one of several constants with the same content',
  effect: 'exact',
  run(model) {
    const scopes = [...model.graphs()];
    let changes = 0;
    for (const group of groupsByShape(scopes)) {
      for (const same of groupsByContent(group)) changes += share(same, model.graph);
    }
    return { changes, skipped: [] };
  },
};

/** From this size on (bytes) a constant is worth the longer way to the main graph. */
const weightBytes = 1024;

function groupsByShape(scopes: readonly Graph[]): Iterable<Constant[]> {
  const groups = new Map<string, Constant[]>();
  scopes.forEach((scope, index) => {
    for (const value of scope.constants()) {
      // One that a caller may replace is not the same as any other.
      if (value.isGraphInput) continue;
      const place = value.constant.byteLength < weightBytes ? index : 'anywhere';
      push(groups, `${place} ${shapeKey(value.constant)}`, value);
    }
  });
  return groups.values();
}

function groupsByContent(group: readonly Constant[]): Iterable<Constant[]> {
  if (group.length < 2) return [];
  const groups = new Map<string, Constant[]>();
  for (const value of group) push(groups, contentHash(value.constant), value);
  return groups.values();
}

function share(same: readonly Constant[], main: Graph): number {
  if (same.length < 2) return 0;
  const oneScope = same.every((value) => value.graph === same[0]!.graph);
  const replaceable = same.filter((value) => !value.isGraphOutput);
  const kept =
    same.find((value) => (oneScope || value.graph === main) && value.isGraphOutput) ??
    same.find((value) => oneScope || value.graph === main);
  const gone = replaceable.filter((value) => value !== kept);
  // Two that must stay in their own bodies cannot be shared.
  if (gone.length === 0 || (kept === undefined && gone.length < 2)) return 0;
  const target = kept ?? main.addConstant(same[0]!.name, same[0]!.constant);
  for (const value of gone) {
    for (const use of value.uses) use.node.setInput(use.index, target);
    value.graph.removeValue(value);
  }
  return gone.length;
}

function push(groups: Map<string, Constant[]>, key: string, value: Constant): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [value]);
  else group.push(value);
}
