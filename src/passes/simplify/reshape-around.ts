import type { Node } from '../../ir/node.js';
import { fusion } from '../fusion.js';
import { soleProducer } from '../match.js';

const elementwise = [
  'Relu',
  'LeakyRelu',
  'Sigmoid',
  'Tanh',
  'Elu',
  'Softplus',
  'HardSigmoid',
  'HardSwish',
  'Gelu',
  'Erf',
  'Exp',
  'Log',
  'Sqrt',
  'Abs',
  'Neg',
  'Clip',
  'Cast',
] as const;
const overLastAxis = ['Softmax', 'LogSoftmax'] as const;
const reshaping = ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'] as const;

/** What happens to each element, or along the last axis, does not need other dims in between. */
export const reshapeAround = fusion({
  name: 'reshape-around',
  summary: 'Removes Reshapes around an element-wise operator or a Softmax that bring back the dims of before',
  effect: 'exact',
  needs: ['shapes'],
  root: reshaping,
  // Before opset 13 a Softmax flattens by itself.
  opset: { min: 13 },
  match(outer, { facts }) {
    const node = soleProducer(outer.inputs[0], ...elementwise, ...overLastAxis);
    const inner = soleProducer(node?.inputs[0], ...reshaping);
    const input = inner?.inputs[0];
    const output = outer.outputs[0]!;
    if (node === undefined || input === undefined) return undefined;
    const before = facts.dimsOf(input);
    const after = facts.dimsOf(output);
    if (before === undefined || before.length !== after?.length) return undefined;
    if (!before.every((dim, axis) => dim !== undefined && dim === after[axis])) return undefined;
    if (node.is(...overLastAxis) && !keepsLastAxis(node, before.at(-1), facts.dimsOf(node.inputs[0])))
      return undefined;
    return { node, input, output };
  },
  rewrite({ node, input, output }, edit) {
    const replacement = edit.like(node, [input, ...node.inputs.slice(1)]).outputs[0]!;
    if (node.is(...overLastAxis)) replacement.producer!.attributes.set('axis', lastAxis);
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});

const lastAxis = { kind: 'int', value: -1n } as const;

function keepsLastAxis(node: Node, last: unknown, between: readonly unknown[] | undefined): boolean {
  const axis = node.int('axis', -1);
  if (between === undefined || between.length === 0 || (axis !== -1 && axis !== between.length - 1))
    return false;
  return last !== undefined && between.at(-1) === last;
}
