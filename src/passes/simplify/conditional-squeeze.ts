import type { Graph } from '../../ir/graph.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { eitherOrder } from '../arithmetic.js';
import { fusion, miss, type FusionContext } from '../fusion.js';
import { integersOf, producerOf, scalarOf } from '../match.js';
import { isImpossibleRank } from './rank-hypothesis.js';

/**
 * PyTorch writes x.squeeze(axis) as an If: Squeeze where the length is 1, else x as it is. Where what reads it can
 * do nothing with the other rank, the Squeeze alone says the same, and fails where the If would have led to a
 * failure; everything that was computed from the rank becomes constant with it.
 */
export const conditionalSqueeze = fusion({
  name: 'conditional-squeeze',
  summary: 'Makes Squeeze of an If that squeezes one axis, where what follows takes no other rank',
  effect: 'exact',
  needs: ['shapes'],
  root: 'If',
  match(node, context) {
    const output = node.outputs[0];
    const [taken, other] = [bodyOf(node, 'then_branch'), bodyOf(node, 'else_branch')];
    if (node.outputs.length !== 1 || output === undefined || taken === undefined || other === undefined)
      return undefined;
    const squeeze = onlyNode(taken);
    const input = squeeze?.inputs[0];
    if (squeeze?.is('Squeeze') !== true || input === undefined || input.graph === taken) return undefined;
    if (unchanged(other) !== input) return undefined;
    const axes = squeeze.ints('axes') ?? integersOf(squeeze.inputs[1]);
    const dims = context.facts.dimsOf(input);
    if (axes?.length !== 1 || dims === undefined) return undefined;
    const axis = axes[0]! < 0 ? axes[0]! + dims.length : axes[0]!;
    if (!asksForOne(node.inputs[0], dims[axis], context)) return undefined;
    if (!isImpossibleRank(output, dims.length)) return miss('what reads it may take the other rank');
    return { squeeze, input, output };
  },
  rewrite({ squeeze, input, output }, edit) {
    const axes = squeeze.inputs[1]?.constant;
    const inputs = axes === undefined ? [input] : [input, edit.constant(`${output.name}_axes`, axes)];
    const replacement = edit.node('Squeeze', inputs, { attributes: [...squeeze.attributes] });
    edit.replace(output, replacement.outputs[0]!);
  },
});

function bodyOf(node: Node, name: string): Graph | undefined {
  const found = node.attributes.get(name);
  return found?.kind === 'graph' ? found.value : undefined;
}

function onlyNode(body: Graph): Node | undefined {
  const [first] = body.nodes();
  return body.nodeCount === 1 && first?.outputs[0] === body.outputs[0] ? first : undefined;
}

/** The value from outside that a body hands on. */
function unchanged(body: Graph): Value | undefined {
  const [output] = body.outputs;
  const value = body.nodeCount === 0 ? output : undefined;
  const identity = onlyNode(body);
  const found = identity?.is('Identity') === true ? identity.inputs[0] : value;
  return found?.graph === body ? undefined : found;
}

/** True for `length == 1`. */
function asksForOne(condition: Value | undefined, length: unknown, { facts }: FusionContext): boolean {
  if (typeof length !== 'string') return false;
  const equal = eitherOrder(producerOf(condition, 'Equal'), (value) =>
    scalarOf(value) === 1 ? true : undefined,
  );
  const elements = facts.integersOf(equal?.other)?.elements;
  return elements?.length === 1 && elements[0] === length;
}
