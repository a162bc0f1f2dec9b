import { attribute, type Attribute } from '../ir/attribute.js';
import { Graph } from '../ir/graph.js';
import type { Node } from '../ir/node.js';
import type { Value } from '../ir/value.js';

/** What stands for a value in a copy; undefined where it is left out. */
export type Twins = Map<Value, Value | undefined>;

/** What stands for an attribute in a copy; undefined where it is left out. */
export type AttributeTwin = (found: Attribute) => Attribute | undefined;

/**
 * Copies constants and nodes of `from` to the end of `to`, or in front of `before`; names are made fresh. Where a
 * value of `from` has a twin already, that one is read (or nothing); every copy becomes the twin of what it was made of.
 */
export function copyInto(
  from: Graph,
  to: Graph,
  twins: Twins,
  before: Node | undefined,
  attributeTwin: AttributeTwin = (found) => found,
): void {
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
      node.inputs.map((value) => (value === undefined ? undefined : twinOf(value, twins))),
      {
        domain: node.domain,
        overload: node.overload,
        name: to.names.fresh(node.name),
        outputs,
        before,
        attributes: [...node.attributes].flatMap(([name, found]) => {
          const twin = attributeTwin(found);
          return twin === undefined ? [] : [[name, copyAttribute(twin, to, twins, attributeTwin)] as const];
        }),
      },
    );
    copy.carried = node.carried;
  }
}

function copyAttribute(
  found: Attribute,
  parent: Graph,
  twins: Twins,
  attributeTwin: AttributeTwin,
): Attribute {
  const copyOf = (body: Graph): Graph => copyBody(body, parent, twins, attributeTwin);
  if (found.kind === 'graph') return attribute.graph(copyOf(found.value));
  if (found.kind === 'graphs') return { kind: 'graphs', value: found.value.map(copyOf) };
  return found;
}

function copyBody(body: Graph, parent: Graph, twins: Twins, attributeTwin: AttributeTwin): Graph {
  const copy = new Graph(body.name, parent);
  for (const value of body.inputs) {
    const twin = copy.newValue(value.name, value.type);
    if (value.constant !== undefined) twin.constant = value.constant;
    copy.addInput(twin);
    twins.set(value, twin);
  }
  copyInto(body, copy, twins, undefined, attributeTwin);
  for (const value of body.outputs) copy.addOutput(twinOf(value, twins) ?? value);
  return copy;
}

function twinOf(value: Value, twins: Twins): Value | undefined {
  return twins.has(value) ? twins.get(value) : value;
}
