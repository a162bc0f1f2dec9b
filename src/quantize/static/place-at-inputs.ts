import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { dtypeOf } from '../../passes/match.js';
import type { OperatorRule } from '../targets/target.js';
import type { IntegerGroup, LeftFloat, StaticPlan } from './plan.js';

/**
 * A plan for runtimes that fuse for themselves what lies between a multiplication and the next quantized value: the data
 * of every multiplication is quantized and nothing behind it. An Add of a multiplication's result and something else is
 * fused with the multiplication when the other operand is quantized, so that one is quantized too.
 */
export function placeAtInputs(compute: readonly IntegerGroup[], left: readonly LeftFloat[]): StaticPlan {
  const groups: IntegerGroup[] = compute.map(({ node, rule }) => ({
    node,
    rule,
    activation: undefined,
    outputs: [],
  }));
  const multiplications = new Set(groups.map(({ node }) => node));
  const additions = new Set(groups.flatMap(({ node }) => additionsBehind(node)));
  for (const node of additions) {
    const index = residualOperand(node, multiplications);
    if (index !== undefined)
      groups.push({ node, rule: residualRule(index), activation: undefined, outputs: [] });
  }
  const values = new Set<Value>();
  for (const { node, rule } of groups) {
    for (const index of rule.dataInputs(node)) {
      const value = node.inputs[index];
      if (value !== undefined && value.constant === undefined) values.add(value);
    }
  }
  // Constants are worked on in the order of the groups, values in this one: neither hangs on the graph's order.
  return { groups, values, integerOnly: new Set(), left, fasterInFloat: new Set() };
}

function additionsBehind(node: Node): Node[] {
  const result = node.outputs[0];
  return result?.soleConsumer?.is('Add') === true ? [result.soleConsumer] : [];
}

/**
 * The operand that does not come out of the multiplication that the Add is fused with: where both do, the one that is
 * computed first, as it lies in memory when the other is computed.
 */
function residualOperand(add: Node, multiplications: ReadonlySet<Node>): number | undefined {
  const [a, b] = add.inputs;
  if (a === undefined || b === undefined || a === b) return undefined;
  if (a.constant !== undefined || b.constant !== undefined) return undefined;
  const fused = [a, b].map((value) => value.producer !== undefined && multiplications.has(value.producer));
  const index =
    fused[0] === true && fused[1] === true
      ? isBefore(a.producer!, b.producer!)
        ? 0
        : 1
      : fused[0] === true
        ? 1
        : 0;
  return dtypeOf(add.inputs[index]) === 'float32' ? index : undefined;
}

function isBefore(node: Node, other: Node): boolean {
  for (let next = node.next; next !== undefined; next = next.next) if (next === other) return true;
  return false;
}

function residualRule(index: number): OperatorRule {
  return { operators: ['Add'], role: 'arithmetic', dataInputs: () => [index] };
}
