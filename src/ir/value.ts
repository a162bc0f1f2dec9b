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
  /** The reader of most values: a set for one would take most of the memory of a graph. */
  #use: Use | undefined;
  /** All readers, from the second on. */
  #uses: Set<Use> | undefined;

  /** For `Graph` alone, which keeps names unique. */
  constructor(graph: Graph, name: string, type?: ValueType) {
    this.graph = graph;
    this.name = name;
    this.type = type;
  }

  /** Everyone who reads it, subgraphs included; a copy, so that a loop survives edits. */
  get uses(): Use[] {
    if (this.#uses !== undefined) return [...this.#uses];
    return this.#use === undefined ? [] : [this.#use];
  }

  get useCount(): number {
    return this.#uses?.size ?? (this.#use === undefined ? 0 : 1);
  }

  get isGraphOutput(): boolean {
    return this.outputSlots > 0;
  }

  /** True when neither a node nor a graph output reads it. */
  get isUnused(): boolean {
    return this.outputSlots === 0 && this.useCount === 0;
  }

  /** The nodes that read it, each once. */
  get consumers(): Node[] {
    return [...new Set(this.uses.map((use) => use.node))];
  }

  /** The only reader when there is exactly one and it is no graph output. */
  get soleConsumer(): Node | undefined {
    if (this.outputSlots > 0 || this.useCount !== 1) return undefined;
    return this.uses[0]?.node;
  }

  /** For `Node.setInput` alone: the other half of the edge. */
  addUse(use: Use): void {
    if (this.#uses !== undefined) {
      this.#uses.add(use);
    } else if (this.#use === undefined) {
      this.#use = use;
    } else {
      this.#uses = new Set([this.#use, use]);
      this.#use = undefined;
    }
  }

  /** For `Node.setInput` alone. */
  removeUse(use: Use): void {
    if (this.#uses !== undefined) this.#uses.delete(use);
    else if (this.#use === use) this.#use = undefined;
  }
}
