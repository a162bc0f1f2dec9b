import type { Dim } from '../../ir/types.js';
import { fusion } from '../fusion.js';

const broadcasting = [
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Pow',
  'Equal',
  'Less',
  'Greater',
  'LessOrEqual',
  'GreaterOrEqual',
  'And',
  'Or',
  'Xor',
  'Where',
] as const;

/** Element-wise operators broadcast by themselves: what an Expand in front of one does is done anyway. */
export const broadcastExpands = fusion({
  name: 'broadcast-expands',
  summary: 'Removes an Expand whose reader broadcasts to the same dims by itself',
  effect: 'exact',
  needs: ['shapes'],
  root: broadcasting,
  opset: { min: 8 },
  match(node, { facts }) {
    const result = facts.dimsOf(node.outputs[0]);
    if (result === undefined) return undefined;
    for (const [index, value] of node.inputs.entries()) {
      const expand = value?.producer;
      const input = expand?.inputs[0];
      if (expand?.is('Expand') !== true || input === undefined) continue;
      const others = node.inputs.filter((_, at) => at !== index).map((other) => facts.dimsOf(other));
      // Each dim of the result must come from what is left; and the Expand's input must fit under it.
      const own = facts.dimsOf(input);
      if (own === undefined || others.includes(undefined)) continue;
      const covered = result.every((dim, axis): boolean =>
        [own, ...(others as (readonly Dim[])[])].some((dims) => {
          const found: Dim = dims[axis - result.length + dims.length];
          return dim === 1 || (dim !== undefined && found === dim);
        }),
      );
      const rank = Math.max(own.length, ...others.map((dims) => dims?.length ?? 0));
      if (rank < result.length) continue;
      const fits = own.every((dim, axis) => dim === 1 || dim === result[axis + result.length - own.length]);
      if (covered && fits) return { node, index, input };
    }
    return undefined;
  },
  rewrite({ node, index, input }, edit) {
    const inputs = node.inputs.map((value, at) => (at === index ? input : value));
    const output = node.outputs[0]!;
    const replacement = edit.like(node, inputs).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});
