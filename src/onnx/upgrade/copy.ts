import { Graph } from '../../ir/graph.js';
import type { Attribute } from '../../ir/attribute.js';
import type { Value } from '../../ir/value.js';

/**
 * A graph of its own with the same nodes, values and bodies; tensors are shared. A body that is copied
 * under another parent reads the same outer values as before, unless `values` says otherwise.
 */
export function copyGraph(
  graph: Graph,
  parent: Graph | undefined = graph.parent,
  values: Map<Value, Value> = new Map<Value, Value>(),
): Graph {
  const copy = new Graph(graph.name, parent, parent === undefined ? undefined : parent.names);
  copy.carried = graph.carried;
  for (const value of graph.values()) {
    const twin = copy.declare(value.name, value.type);
    twin.constant = value.constant;
    twin.sparseConstant = value.sparseConstant;
    twin.typeDeclared = value.typeDeclared;
    values.set(value, twin);
  }
  const twinOf = (value: Value): Value => values.get(value) ?? value;
  for (const value of graph.inputs) copy.addInput(twinOf(value));
  for (const node of graph.nodes()) {
    const twin = copy.addNode(
      node.opType,
      node.inputs.map((value) => value && twinOf(value)),
      {
        domain: node.domain,
        overload: node.overload,
        name: node.name,
        // A shadowed value is in no scope; nothing reads it, so that the copy can do without its name.
        outputs: node.outputs.map(
          (value) => value && (values.get(value) ?? copy.declareShadowed(value.name)),
        ),
      },
    );
    copy.names.claim(node.name);
    twin.carried = node.carried;
    for (const [name, found] of node.attributes)
      twin.attributes.set(name, copyAttribute(found, copy, values));
  }
  for (const value of graph.outputs) copy.addOutput(twinOf(value));
  return copy;
}

function copyAttribute(found: Attribute, parent: Graph, values: Map<Value, Value>): Attribute {
  if (found.kind === 'graph') return { ...found, value: copyGraph(found.value, parent, values) };
  if (found.kind !== 'graphs') return found;
  return { ...found, value: found.value.map((body) => copyGraph(body, parent, values)) };
}
