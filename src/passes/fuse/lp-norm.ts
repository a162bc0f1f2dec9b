import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { eitherOrder, isClosed } from '../arithmetic.js';
import { fusion, miss } from '../fusion.js';
import { dtypeOf, producerOf, scalarOf } from '../match.js';
import { clampOf } from './clamp.js';
import { reducedAxes } from './normalization-parts.js';

/** Norms up to this are kept from dividing by zero; vectors that short say nothing. */
const leastNorm = 1e-6;

/** x / max(norm(x), epsilon) along one axis, as PyTorch writes normalize. */
export const lpNorm = fusion({
  name: 'lp-norm',
  summary: 'Makes LpNormalization out of a division by a guarded ReduceL2',
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: 'Div',
  opset: { min: 7 },
  match(node, { facts }) {
    const output = node.outputs[0]!;
    const [input, divisor] = node.inputs;
    const guarded = guardedNorm(divisor);
    if (input === undefined || guarded === undefined || guarded.norm.inputs[0] !== input) return undefined;
    const rank = facts.dimsOf(input)?.length;
    const axes = reducedAxes(guarded.norm);
    if (axes?.length !== 1 || rank === undefined || dtypeOf(input) !== 'float32') return undefined;
    // Expanded to what it is divided into: the division broadcasts by itself.
    if (facts.dimsOf(output)?.some((dim, at) => dim !== facts.dimsOf(input)?.[at])) return undefined;
    if (!(guarded.epsilon > 0)) return miss('nothing keeps a norm of zero from it');
    if (guarded.epsilon > leastNorm) return miss(`norms below ${guarded.epsilon} are cut off`);
    if (!isClosed([node, ...guarded.nodes], output)) return miss('a part of it is read elsewhere as well');
    const axis = axes[0]! < 0 ? axes[0]! + rank : axes[0]!;
    return { input, axis, output, name: node.name };
  },
  rewrite({ input, axis, output, name }, edit) {
    const replacement = edit.node('LpNormalization', [input], {
      name,
      attributes: [
        ['axis', attribute.int(axis)],
        ['p', attribute.int(2)],
      ],
    }).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});

function guardedNorm(
  divisor: Value | undefined,
): { readonly norm: Node; readonly epsilon: number; readonly nodes: readonly Node[] } | undefined {
  const expand = producerOf(divisor, 'Expand');
  const value = expand === undefined ? divisor : expand.inputs[0];
  const outer = expand === undefined ? [] : [expand];
  const plain = producerOf(value, 'ReduceL2');
  if (plain !== undefined) return { norm: plain, epsilon: 0, nodes: [...outer, plain] };
  const guard = producerOf(value, 'Clip', 'Max');
  const clamp = guard === undefined ? undefined : clampOf(guard);
  if (guard !== undefined && clamp?.high === Infinity) {
    const norm = producerOf(clamp.input, 'ReduceL2');
    return norm === undefined ? undefined : { norm, epsilon: clamp.low, nodes: [...outer, guard, norm] };
  }
  const sum = producerOf(value, 'Add');
  const added = eitherOrder(sum, scalarOf);
  const norm = producerOf(added?.other, 'ReduceL2');
  if (sum === undefined || added === undefined || norm === undefined) return undefined;
  return { norm, epsilon: added.found, nodes: [...outer, sum, norm] };
}
