import { integersOf } from '../../../passes/match.js';
import { rankOf } from '../axes.js';
import type { Rule } from './rule.js';

/**
 * Shape: an axis whose length is read must stay; where only some lengths are picked, only these. A value that is
 * given another one's shape follows it.
 */
export const shape: Rule = {
  operators: ['Shape', 'Size'],
  link(node, axes) {
    const [x] = node.inputs;
    const reason = `${node.label} reads its length`;
    const picked = new Set<number>();
    const rank = rankOf(x);
    for (const reader of node.outputs[0]?.consumers ?? []) {
      if (reader.is('Reshape') && reader.inputs[0] !== node.outputs[0] && node.attributes.size === 0) {
        for (let axis = 0; axis < rank; axis++) axes.same(axes.of(x, axis), axes.of(reader.outputs[0], axis));
        continue;
      }
      const indices = reader.is('Gather') ? integersOf(reader.inputs[1]) : undefined;
      if (indices === undefined || node.attributes.size > 0) {
        axes.freezeValue(x, reason);
        return;
      }
      for (const index of indices) picked.add(index < 0 ? index + rank : index);
    }
    for (const axis of picked) axes.freeze(axes.of(x, axis), reason);
  },
};
