import { InferOptError } from '../errors.js';
import type { Graph } from './graph.js';
import type { Model } from './model.js';
import type { Node } from './node.js';
import { cyclic, findCycle } from './order.js';
import { formatType } from './types.js';
import type { Value } from './value.js';

/**
 * Checks what every model must be: each name defined once in its scope, each value that is read computed
 * before, constant or an input, in this graph or one around it; edges that agree in both directions;
 * constants that are what their type says. Linear in nodes and edges. Throws `model` at the first fault.
 */
export function verifyModel(model: Model): void {
  verifyGraph(model.graph);
  for (const own of model.functions) verifyGraph(own.graph);
}

/** What has been seen on the way through a main graph or function and all graphs inside it. */
interface Seen {
  /** Values that a node may read at this point. */
  readonly defined: Set<Value>;
  readonly reads: Map<Value, number>;
  readonly outputSlots: Map<Value, number>;
  readonly values: Value[];
}

function verifyGraph(graph: Graph): void {
  const seen: Seen = { defined: new Set(), reads: new Map(), outputSlots: new Map(), values: [] };
  visitScope(graph, seen);
  for (const value of seen.values) checkUses(value, seen);
}

function visitScope(graph: Graph, seen: Seen): void {
  for (const value of graph.values()) {
    if (graph.get(value.name) !== value || value.graph !== graph) {
      throw broken(`the value ${value.name} is not the one that its scope knows by that name`);
    }
    if (value.constant !== undefined) checkConstant(value);
    const given = value.constant !== undefined || value.sparseConstant !== undefined || value.isGraphInput;
    if (given) seen.defined.add(value);
    seen.values.push(value);
  }
  checkInputs(graph);
  let count = 0;
  let previous: Node | undefined;
  for (const node of graph.nodes()) {
    if (node.graph !== graph || node.previous !== previous)
      throw broken(`node ${node.label} is misplaced in its graph`);
    checkReads(node, seen);
    for (const body of node.subgraphs()) {
      if (body.parent !== graph)
        throw broken(`a body of node ${node.label} does not know the graph around it`);
      visitScope(body, seen);
    }
    checkOutputs(node, seen);
    previous = node;
    count += 1;
  }
  if (count !== graph.nodeCount)
    throw broken(`graph ${graph.name} counts ${graph.nodeCount} nodes and has ${count}`);
  for (const value of graph.outputs) {
    if (!seen.defined.has(value)) throw broken(`nothing computes the graph output ${value.name}`);
    if (graph.resolve(value.name) !== value) throw broken(`the graph output ${value.name} is out of scope`);
    seen.outputSlots.set(value, (seen.outputSlots.get(value) ?? 0) + 1);
  }
}

function checkInputs(graph: Graph): void {
  const inputs = new Set<Value>();
  for (const value of graph.inputs) {
    if (inputs.has(value)) throw broken(`the graph input ${value.name} is listed twice`);
    inputs.add(value);
    if (!value.isGraphInput || graph.get(value.name) !== value) {
      throw broken(`the graph input ${value.name} is not a value of its graph`);
    }
  }
}

function checkReads(node: Node, seen: Seen): void {
  for (const value of node.inputs) {
    if (value === undefined) continue;
    seen.reads.set(value, (seen.reads.get(value) ?? 0) + 1);
    if (!seen.defined.has(value)) throw undefinedRead(node, value);
    if (node.graph.resolve(value.name) !== value) {
      throw broken(`node ${node.label} reads ${value.name}, which means another value in its scope`);
    }
  }
}

function undefinedRead(node: Node, value: Value): InferOptError {
  const { producer } = value;
  if (producer === undefined || producer.removed) {
    return broken(`node ${node.label} reads ${value.name}, which nothing computes`);
  }
  const cycle = findCycle(producer.graph);
  if (cycle !== undefined) return cyclic(cycle);
  return broken(`node ${node.label} reads ${value.name} before ${producer.label} has computed it`);
}

function checkOutputs(node: Node, seen: Seen): void {
  node.outputs.forEach((value, index) => {
    if (value === undefined) return;
    // A constant that the file defines again stays unknown to its scope, and nobody may read it.
    const known = node.graph.get(value.name);
    const registered = known === value || (known !== undefined && value.isUnused);
    if (value.producer !== node || value.producerIndex !== index || !registered) {
      throw broken(`output ${value.name} of node ${node.label} is not tied to it`);
    }
    if (value.constant !== undefined || value.isGraphInput) {
      throw broken(
        `${value.name} is computed by node ${node.label} and is a constant or graph input as well`,
      );
    }
    seen.defined.add(value);
  });
}

function checkConstant(value: Value): void {
  const { constant, type } = value;
  if (constant === undefined || type === undefined || type.kind === 'unknown') return;
  const fits =
    (type.kind === 'tensor' || type.kind === 'sparse-tensor') &&
    type.dtype === constant.dtype &&
    (type.dims === undefined ||
      (type.dims.length === constant.dims.length &&
        type.dims.every((dim, axis) => typeof dim !== 'number' || dim === constant.dims[axis])));
  if (!fits) {
    const is = `${constant.dtype}[${constant.dims.join(',')}]`;
    throw broken(`constant ${value.name} is ${is} and declared as ${formatType(type)}`);
  }
}

/** The other half of every edge: whoever the value thinks reads it does, and nobody else. */
function checkUses(value: Value, seen: Seen): void {
  for (const { node, index } of value.uses) {
    if (node.removed || node.inputs[index] !== value) {
      throw broken(`${value.name} counts node ${node.label} as a reader, which does not read it`);
    }
  }
  if (value.useCount !== (seen.reads.get(value) ?? 0)) {
    throw broken(
      `${value.name} is read ${seen.reads.get(value) ?? 0} times and counts ${value.useCount} readers`,
    );
  }
  if (value.outputSlots !== (seen.outputSlots.get(value) ?? 0)) {
    throw broken(`${value.name} counts ${value.outputSlots} places in output lists, not those that it has`);
  }
  const { producer } = value;
  if (producer !== undefined && (producer.removed || producer.outputs[value.producerIndex] !== value)) {
    throw broken(`${value.name} is said to come from node ${producer.label}, which does not compute it`);
  }
}

function broken(message: string): InferOptError {
  return new InferOptError('model', message);
}
