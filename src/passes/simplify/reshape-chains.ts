import { Tensor } from '../../tensor/tensor.js';
import type { Dim } from '../../ir/types.js';
import type { Node } from '../../ir/node.js';
import { fusion, miss } from '../fusion.js';
import { integersOf, producerOf, soleProducer } from '../match.js';
import type { TypeFacts } from '../types/infer-types.js';
import { reshapeTarget } from './reshape-target.js';

const reshaping = ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'] as const;

/**
 * Of two nodes that only change dims the last decides. Where the dims come back to what they were both go;
 * else one Reshape says it, when its target can be a constant.
 */
export const reshapeChains = fusion({
  name: 'reshape-chains',
  summary: 'Makes one Reshape, or none, of two successive Reshape, Flatten, Squeeze and Unsqueeze',
  effect: 'exact',
  needs: ['shapes'],
  root: reshaping,
  opset: { min: 5 },
  match(outer, { facts }) {
    const [middle] = outer.inputs;
    const [output] = outer.outputs;
    const inner = producerOf(middle, ...reshaping);
    const input = inner?.inputs[0];
    if (input === undefined || output === undefined) return undefined;
    const before = facts.dimsOf(input);
    const after = facts.dimsOf(output);
    if (before === undefined || after === undefined) return undefined;
    if (same(before, after) && !output.isGraphOutput) return { outer, input, output, target: undefined };
    // With another reader the first would stay; two Reshapes are the concern of reshape-reshape.
    if (soleProducer(middle, ...reshaping) === undefined) return undefined;
    if (outer.is('Reshape') && inner?.is('Reshape') === true) return undefined;
    // A Squeeze of a length that is not known also says that it is 1, and fails where it is not.
    if (inner === undefined || assumesOne(inner, facts) || assumesOne(outer, facts))
      return miss('it squeezes an axis whose length is not known');
    const target = reshapeTarget(before, after);
    return target === undefined ? undefined : { outer, input, output, target };
  },
  rewrite({ outer, input, output, target }, edit) {
    if (target === undefined) {
      edit.replace(output, input);
      return;
    }
    const shape = edit.constant(`${output.name}_shape`, Tensor.int64([target.length], target));
    const replacement = edit.node('Reshape', [input, shape], { name: outer.name }).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});

function assumesOne(node: Node, facts: TypeFacts): boolean {
  if (!node.is('Squeeze')) return false;
  const dims = facts.dimsOf(node.inputs[0]);
  const axes = node.ints('axes') ?? integersOf(node.inputs[1]);
  if (dims === undefined || axes === undefined) return true;
  return axes.some((axis) => dims[axis < 0 ? axis + dims.length : axis] !== 1);
}

function same(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim !== undefined && dim === b[axis]);
}
