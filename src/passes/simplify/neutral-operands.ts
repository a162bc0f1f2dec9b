import type { Node } from '../../ir/node.js';
import { fusion, miss } from '../fusion.js';
import { constantOf, keepsDimsOf, uniformOf } from '../match.js';
import type { Value } from '../../ir/value.js';

/** The number that leaves the other operand as it is; true where it may stand on either side. */
const neutral: Readonly<Record<string, readonly [number: number, eitherSide: boolean]>> = {
  Mul: [1, true],
  Div: [1, false],
  Add: [0, true],
  Sub: [0, false],
  Pow: [1, false],
  And: [1, true],
  Or: [0, true],
  Xor: [0, true],
};

/** The sign of a zero is all that adding zero changes. */
export const neutralOperands = fusion({
  name: 'neutral-operands',
  summary: 'Removes Mul and Div by one, Add and Sub of zero, and Where with a constant condition',
  effect: 'exact',
  needs: ['shapes'],
  root: [...Object.keys(neutral), 'Where'],
  // Until opset 6 operands were broadcast by attributes.
  opset: { min: 7 },
  match(node) {
    const [output] = node.outputs;
    if (output === undefined || output.isGraphOutput) return undefined;
    const kept = node.is('Where') ? chosen(node) : operand(node);
    if (kept === undefined) return undefined;
    return kept.value === undefined ? miss('it may change dims') : { output, kept: kept.value };
  },
  rewrite({ output, kept }, edit) {
    edit.replace(output, kept);
  },
});

function operand(node: Node): { value: Value | undefined } | undefined {
  const [number, eitherSide] = neutral[node.opType]!;
  for (const at of eitherSide ? [1, 0] : [1]) {
    const constant = constantOf(node.inputs[at]);
    const value = node.inputs[1 - at];
    if (constant === undefined || value === undefined || uniformOf(node.inputs[at]) !== number) continue;
    return { value: keepsDimsOf(value, constant) ? value : undefined };
  }
  return undefined;
}

/** The branch that a constant condition takes everywhere, when neither condition nor the other branch widens it. */
function chosen(node: Node): { value: Value | undefined } | undefined {
  const [conditionValue] = node.inputs;
  const condition = constantOf(conditionValue);
  const decided = uniformOf(conditionValue);
  if (condition === undefined || decided === undefined) return undefined;
  const [value, other] = decided === 0 ? [node.inputs[2], node.inputs[1]] : [node.inputs[1], node.inputs[2]];
  const otherConstant = constantOf(other);
  const fits =
    value !== undefined &&
    otherConstant !== undefined &&
    keepsDimsOf(value, condition) &&
    keepsDimsOf(value, otherConstant);
  return { value: fits ? value : undefined };
}
