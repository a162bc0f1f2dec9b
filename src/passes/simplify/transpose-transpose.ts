import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import { fusion, miss } from '../fusion.js';
import { knownRank, producerOf } from '../match.js';

export const transposeTranspose = fusion({
  name: 'transpose-transpose',
  summary: 'Makes one Transpose out of two; none where they cancel (see identities)',
  effect: 'exact',
  needs: ['shapes'],
  root: 'Transpose',
  match(outer) {
    const inner = producerOf(outer.inputs[0], 'Transpose');
    if (inner === undefined) return undefined;
    const first = permutationOf(inner);
    const second = permutationOf(outer);
    if (first === undefined || second?.length !== first.length)
      return miss('the rank of its input is unknown');
    const perm = second.map((axis) => first[axis]!);
    return { input: inner.inputs[0]!, perm, name: outer.name, output: outer.outputs[0]! };
  },
  rewrite({ input, perm, name, output }, edit) {
    const attributes = [['perm', attribute.ints(perm)]] as const;
    edit.replace(output, edit.node('Transpose', [input], { name, attributes }).outputs[0]!);
  },
});

/** Axis i of the result is axis perm[i] of the input; without the attribute the order is turned around. */
function permutationOf(node: Node): number[] | undefined {
  const perm = node.ints('perm');
  if (perm !== undefined) return perm;
  const rank = knownRank(node.inputs[0]) ?? knownRank(node.outputs[0]);
  return rank === undefined ? undefined : Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
}
