import { Graph } from '../../ir/graph.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { attribute, type Attribute } from '../../ir/attribute.js';
import { Edit, removeDeadFrom } from '../edit.js';
import { uniformOf } from '../match.js';
import type { Pass } from '../pass.js';

/** Puts the branch that an If always takes in its place. Bodies inside move along. */
export const constantIf: Pass = {
  name: 'constant-if',
  summary: 'Replaces an If whose condition is constant by the branch that it takes',
  effect: 'exact',
  run(model) {
    let changes = 0;
    for (const graph of [...model.graphs()]) {
      for (const node of graph.nodes()) {
        if (!node.is('If')) continue;
        const decided = uniformOf(node.inputs[0]);
        if (decided === undefined) continue;
        const found = node.attributes.get(decided === 0 ? 'else_branch' : 'then_branch');
        if (found?.kind !== 'graph') continue;
        inline(node, found.value);
        changes += 1;
      }
    }
    return { changes, skipped: [] };
  },
};

function inline(node: Node, body: Graph): void {
  const edit = new Edit(node);
  const twins = new Map<Value, Value>();
  copyInto(body, node.graph, twins, node);
  body.outputs.forEach((value, index) => {
    const output = node.outputs[index];
    if (output === undefined) return;
    const result = twins.get(value) ?? value;
    const type = output.type ?? result.type;
    // What the branch hands on unchanged keeps its own name.
    edit.replace(output, result);
    if (type !== undefined && result.type === undefined) result.type = type;
  });
  removeDeadFrom(node);
}

/** Copies constants and nodes of `from` to the end of `to`, or in front of `before`; names are made fresh. */
function copyInto(from: Graph, to: Graph, twins: Map<Value, Value>, before: Node | undefined): void {
  for (const value of from.constants()) {
    const twin = to.addConstant(value.name, value.constant);
    twins.set(value, twin);
  }
  for (const node of from.nodes()) {
    const outputs = node.outputs.map((value) => {
      if (value === undefined) return undefined;
      const twin = to.newValue(value.name, value.type);
      twins.set(value, twin);
      return twin;
    });
    const copy = to.addNode(
      node.opType,
      node.inputs.map((value) => (value === undefined ? undefined : (twins.get(value) ?? value))),
      {
        domain: node.domain,
        overload: node.overload,
        name: to.names.fresh(node.name),
        outputs,
        before,
        attributes: [...node.attributes].map(
          ([name, found]) => [name, copyAttribute(found, to, twins)] as const,
        ),
      },
    );
    copy.carried = node.carried;
  }
}

function copyAttribute(found: Attribute, parent: Graph, twins: Map<Value, Value>): Attribute {
  if (found.kind === 'graph') return attribute.graph(copyBody(found.value, parent, twins));
  if (found.kind === 'graphs')
    return { kind: 'graphs', value: found.value.map((body) => copyBody(body, parent, twins)) };
  return found;
}

function copyBody(body: Graph, parent: Graph, twins: Map<Value, Value>): Graph {
  const copy = new Graph(body.name, parent);
  for (const value of body.inputs) {
    const twin = copy.newValue(value.name, value.type);
    if (value.constant !== undefined) twin.constant = value.constant;
    copy.addInput(twin);
    twins.set(value, twin);
  }
  copyInto(body, copy, twins, undefined);
  for (const value of body.outputs) copy.addOutput(twins.get(value) ?? value);
  return copy;
}
