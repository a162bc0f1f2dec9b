import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { fusion } from '../fusion.js';
import { constantOf, soleProducer } from '../match.js';

/** Operators that do the same to every element, wherever it lies. */
const elementwise = [
  'Relu',
  'LeakyRelu',
  'Sigmoid',
  'Tanh',
  'Elu',
  'Selu',
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
  'Reciprocal',
  'Floor',
  'Ceil',
  'Clip',
  'Cast',
  'Not',
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Pow',
] as const;

const longestChain = 8;

/**
 * A Transpose, element-wise operators with at most one number beside, and a Transpose again: the two become one
 * behind the chain, or none.
 */
export const transposeThrough = fusion({
  name: 'transpose-through',
  summary: 'Moves a Transpose through element-wise operators to meet another one',
  effect: 'exact',
  needs: ['shapes'],
  root: 'Transpose',
  match(outer) {
    const second = outer.ints('perm');
    const chain: Node[] = [];
    let value = outer.inputs[0];
    for (; chain.length < longestChain;) {
      const node = soleProducer(value, ...elementwise);
      const next = node === undefined ? undefined : movedOperand(node);
      if (node === undefined || next === undefined) break;
      chain.unshift(node);
      value = next;
    }
    const inner = chain.length === 0 ? undefined : soleProducer(value, 'Transpose');
    const first = inner?.ints('perm');
    const input = inner?.inputs[0];
    if (first === undefined || second?.length !== first.length || input === undefined) return undefined;
    const perm = second.map((axis) => first[axis]!);
    // One Transpose fewer in any case: what is left stands behind the chain.
    return { chain, input, perm, moved: value!, outer };
  },
  rewrite({ chain, input, perm, moved, outer }, edit) {
    let from: Value = moved;
    let current = input;
    for (const node of chain) {
      const inputs = node.inputs.map((value) => (value === from ? current : value));
      const next = edit.like(node, inputs).outputs[0]!;
      from = node.outputs[0]!;
      current = next;
    }
    const output = outer.outputs[0]!;
    const cancels = perm.every((axis, index) => axis === index);
    const result = cancels
      ? current
      : edit.node('Transpose', [current], { name: outer.name, attributes: [['perm', attribute.ints(perm)]] })
          .outputs[0]!;
    if (result.type === undefined) result.type = output.type;
    edit.replace(output, result);
  },
});

/** The operand that is moved through, when all others are single numbers. */
function movedOperand(node: Node): Value | undefined {
  const open = node.inputs.filter((value) => value !== undefined && constantOf(value) === undefined);
  const others = node.inputs.filter((value) => value !== undefined && constantOf(value) !== undefined);
  if (open.length !== 1) return undefined;
  return others.every(
    (value) =>
      constantOf(value)!.dims.length === 0 ||
      (constantOf(value)!.dims.every((dim) => dim === 1) && constantOf(value)!.dims.length <= 1),
  )
    ? open[0]
    : undefined;
}

/** Two operands that are turned in the same way are added first. */
export const transposeBinary = fusion({
  name: 'transpose-binary',
  summary: 'Combines two tensors before they are transposed in the same way, and not after',
  effect: 'exact',
  needs: ['shapes'],
  root: ['Add', 'Sub', 'Mul', 'Div'],
  opset: { min: 7 },
  match(node, { facts }) {
    const transposes = node.inputs.map((value) => soleProducer(value, 'Transpose'));
    const [left, right] = transposes;
    const perm = left?.ints('perm');
    const [a, b] = [left?.inputs[0], right?.inputs[0]];
    if (perm === undefined || a === undefined || b === undefined) return undefined;
    if (right?.ints('perm')?.join() !== perm.join()) return undefined;
    if (facts.dimsOf(a)?.length !== perm.length || facts.dimsOf(b)?.length !== perm.length) return undefined;
    return { node, a, b, perm };
  },
  rewrite({ node, a, b, perm }, edit) {
    const output = node.outputs[0]!;
    const combined = edit.like(node, [a, b]).outputs[0]!;
    const result = edit.node('Transpose', [combined], { attributes: [['perm', attribute.ints(perm)]] })
      .outputs[0]!;
    result.type = output.type;
    edit.replace(output, result);
  },
});
