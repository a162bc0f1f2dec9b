import type { Tensor } from '../tensor/tensor.js';
import type { Carried } from './attribute.js';
import type { Graph } from './graph.js';
import type { Node } from './node.js';
import type { ValueType } from './types.js';

/** One place where a value is read: input `index` of `node` (which may live in a subgraph). */
export interface Use {
  readonly node: Node;
  readonly index: number;
}

/**
 * An edge of the graph: produced once (by a node, as graph input, or as constant), read any number of
 * times. Identity is the object; the name is for people and files.
 */
export class Value {
  /** Unique in its scope; renamed through `Graph.rename` so that no two values ever share a name. */
  name: string;
  /** The graph whose scope defines it. */
  readonly graph: Graph;
  type: ValueType | undefined;
  /** The node that computes it; undefined for graph inputs, constants and names that nothing produces. */
  producer: Node | undefined;
  /** Which output of the producer it is. */
  producerIndex = 0;
  /**
   * Its fixed content (an ONNX initializer). An initializer that is listed as a graph input as well, as old
   * files do, has both this and a place in `graph.inputs`.
   */
  constant: Tensor | undefined;
  /** How often it stands in the output list of a graph (its own or a subgraph's). */
  outputSlots = 0;
  /** True when it stands in `graph.inputs`. */
  isGraphInput = false;
  /** True when the file declares its type (value_info); such declarations are written back. */
  typeDeclared = false;
  /** Its fixed content where the file stores it as a sparse tensor: carried along, not understood. */
  sparseConstant: Carried | undefined;
  readonly #uses = new Set<Use>();

  /** For `Graph` alone, which keeps names unique. */
  constructor(graph: Graph, name: string, type?: ValueType) {
    this.graph = graph;
    this.name = name;
    this.type = type;
  }

  /** Everyone who reads it, subgraphs included; a copy, so that a loop survives edits. */
  get uses(): Use[] {
    return [...this.#uses];
  }

  get useCount(): number {
    return this.#uses.size;
  }

  get isGraphOutput(): boolean {
    return this.outputSlots > 0;
  }

  /** True when neither a node nor a graph output reads it. */
  get isUnused(): boolean {
    return this.#uses.size === 0 && this.outputSlots === 0;
  }

  /** The nodes that read it, each once. */
  get consumers(): Node[] {
    return [...new Set(this.uses.map((use) => use.node))];
  }

  /** The only reader when there is exactly one and it is no graph output. */
  get soleConsumer(): Node | undefined {
    if (this.outputSlots > 0 || this.#uses.size !== 1) return undefined;
    const [use] = this.#uses;
    return use?.node;
  }

  /** For `Node.setInput` alone: the other half of the edge. */
  addUse(use: Use): void {
    this.#uses.add(use);
  }

  /** For `Node.setInput` alone. */
  removeUse(use: Use): void {
    this.#uses.delete(use);
  }
}
