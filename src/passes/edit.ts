import { InferOptError } from '../errors.js';
import type { Attribute } from '../ir/attribute.js';
import type { Graph, NodeSettings } from '../ir/graph.js';
import type { Node } from '../ir/node.js';
import type { ValueType } from '../ir/types.js';
import type { Value } from '../ir/value.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * The only way in which a fusion changes a graph: new constants and nodes get fresh names, shared weights
 * survive, names of graph outputs stay, and what nothing reads any more goes away.
 */
export class Edit {
  readonly #graph: Graph;
  readonly #at: Node;

  /** Edits around `at`: new nodes are placed in front of it. */
  constructor(at: Node) {
    this.#graph = at.graph;
    this.#at = at;
  }

  /** A new constant, named after `base`. */
  constant(base: string, tensor: Tensor): Value {
    return this.#graph.addConstant(base, tensor);
  }

  /** A new node in front of the matched one. Without a name it is called after the matched node. */
  node(opType: string, inputs: readonly (Value | undefined)[], settings: NodeSettings = {}): Node {
    const name = settings.name ?? this.#graph.names.fresh(this.#at.name === '' ? opType : this.#at.name);
    const base = this.#at.outputs.find((value) => value !== undefined)?.name ?? opType;
    return this.#graph.addNode(opType, inputs, {
      outputName: base,
      ...settings,
      name,
      before: settings.before ?? this.#at,
    });
  }

  /** A node of the same operator, domain, name and attributes with other inputs (and some attributes changed). */
  like(
    node: Node,
    inputs: readonly (Value | undefined)[],
    changes: Readonly<Record<string, Attribute>> = {},
  ): Node {
    return this.node(node.opType, inputs, {
      domain: node.domain,
      overload: node.overload,
      name: node.name,
      attributes: [...node.attributes, ...Object.entries(changes)],
      outputs: node.outputs.length,
    });
  }

  /**
   * Lets every reader of `old` read `replacement` instead, then removes what became dead. Where `old` is an
   * output of the graph its name goes over to the replacement; a replacement that must keep its own name
   * (an input, a constant, another output) gets an Identity in between.
   */
  replace(old: Value, replacement: Value): void {
    const type = old.type;
    for (const use of old.uses) {
      unshadow(replacement, use.node.graph);
      use.node.setInput(use.index, replacement);
    }
    if (old.isGraphOutput) this.#takeOverOutput(old, replacement);
    if (replacement.type === undefined) replacement.type = type;
    if (old.producer !== undefined) removeDeadFrom(old.producer);
  }

  #takeOverOutput(old: Value, replacement: Value): void {
    const movable =
      replacement.graph === old.graph && replacement.producer !== undefined && !replacement.isGraphOutput;
    const target = movable
      ? replacement
      : this.node('Identity', [replacement], { outputName: replacement.name }).outputs[0]!;
    for (const graph of old.graph.withSubgraphs()) {
      // A body may return a value from outside; nearly always the first graph has every place.
      if (!old.isGraphOutput) break;
      graph.outputs.forEach((output, index) => {
        if (output === old) graph.setOutput(index, target);
      });
    }
    old.graph.swapNames(old, target);
    const inferred: ValueType | undefined = old.type;
    if (inferred !== undefined) target.type = inferred;
    target.typeDeclared = old.typeDeclared;
  }
}

/**
 * Removes a node when nothing reads any of its outputs, and then, in the same way, whatever only it was
 * reading: nodes and constants.
 */
export function removeDeadFrom(node: Node): void {
  const waiting = [node];
  for (let current = waiting.pop(); current !== undefined; current = waiting.pop()) {
    if (current.removed || current.outputs.some((value) => value !== undefined && !value.isUnused)) continue;
    const inputs = current.inputs.filter((value) => value !== undefined);
    current.graph.remove(current);
    for (const input of new Set(inputs)) {
      if (input.producer !== undefined) waiting.push(input.producer);
      else if (input.constant !== undefined && input.isUnused && !input.isGraphInput)
        input.graph.removeValue(input);
    }
  }
}

/** A body may have a value of its own by the name of the one outside that it is to read: that one gives way. */
function unshadow(value: Value, scope: Graph): void {
  if (value.graph === scope || scope.resolve(value.name) === value) return;
  if (value.isGraphInput || value.isGraphOutput) {
    throw new InferOptError('model', `the name ${value.name} means two values in graph ${scope.name}`, {
      hint: 'names must be unique across a graph and its bodies',
    });
  }
  value.graph.rename(value, value.graph.names.fresh(value.name));
}
