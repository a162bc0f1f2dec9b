import { InferOptError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Attribute, Carried } from './attribute.js';
import { nodesInside, releaseOuterValues } from './bodies.js';
import { Names } from './names.js';
import { Node } from './node.js';
import { tensorType, type ValueType } from './types.js';
import { Value } from './value.js';

export interface NodeSettings {
  readonly domain?: string;
  readonly overload?: string;
  readonly name?: string;
  readonly attributes?: Iterable<readonly [string, Attribute]>;
  /** Existing values to produce, or undefined for an omitted one; instead of a number of new ones. */
  readonly outputs?: number | readonly (Value | undefined)[];
  /** What new outputs are called after. */
  readonly outputName?: string;
  /** Where it goes; at the end without. */
  readonly before?: Node | undefined;
}

/**
 * Nodes in an order that respects data flow, the values between them, and the edges in both directions.
 * A subgraph (body of If, Loop, Scan) has a parent whose values its nodes may read.
 */
export class Graph {
  name: string;
  readonly parent: Graph | undefined;
  /** Shared by a model's graphs, so that a fresh name is fresh everywhere. */
  readonly names: Names;
  carried: Carried | undefined;
  readonly #values = new Map<string, Value>();
  readonly #inputs: Value[] = [];
  readonly #outputs: Value[] = [];
  #first: Node | undefined;
  #last: Node | undefined;
  #nodeCount = 0;
  /** True from the first graph on that was made to stand inside it: without, no node needs to be asked for its bodies. */
  #holdsBodies = false;

  constructor(name = '', parent?: Graph, names?: Names) {
    this.name = name;
    this.parent = parent;
    this.names = names ?? parent?.names ?? new Names();
    if (parent !== undefined) parent.#holdsBodies = true;
  }

  get inputs(): readonly Value[] {
    return this.#inputs;
  }

  get outputs(): readonly Value[] {
    return this.#outputs;
  }

  /** Inputs that a caller must give: those that are no constants as well. */
  get requiredInputs(): Value[] {
    return this.#inputs.filter((value) => value.constant === undefined);
  }

  get nodeCount(): number {
    return this.#nodeCount;
  }

  /** False where no node can have a body: nothing needs to be asked of them then. */
  get holdsBodies(): boolean {
    return this.#holdsBodies;
  }

  get firstNode(): Node | undefined {
    return this.#first;
  }

  /** The nodes in order; nodes may be removed or added while looping. */
  *nodes(): Generator<Node> {
    let node = this.#first;
    while (node !== undefined) {
      if (!node.removed) yield node;
      node = node.next;
    }
  }

  /** The nodes from last to first. */
  *nodesReversed(): Generator<Node> {
    let node = this.#last;
    while (node !== undefined) {
      if (!node.removed) yield node;
      node = node.previous;
    }
  }

  /** This graph and every graph inside its nodes, at any depth. */
  *withSubgraphs(): Generator<Graph> {
    yield this;
    if (!this.#holdsBodies) return;
    for (const node of this.nodes()) for (const body of node.subgraphs()) yield* body.withSubgraphs();
  }

  /** Every value of this scope. */
  values(): IterableIterator<Value> {
    return this.#values.values();
  }

  /** The constants (initializers) of this scope. */
  *constants(): Generator<Value & { constant: Tensor }> {
    for (const value of this.#values.values()) {
      if (value.constant !== undefined) yield value as Value & { constant: Tensor };
    }
  }

  /** The value with that name in this scope alone. */
  get(name: string): Value | undefined {
    return this.#values.get(name);
  }

  /** The value that a node of this graph means by that name: here, else in the graphs around. */
  resolve(name: string): Value | undefined {
    return this.#values.get(name) ?? this.parent?.resolve(name);
  }

  /** A new value under exactly that name. Throws `model` when this scope has it already. */
  declare(name: string, type?: ValueType): Value {
    if (this.#values.has(name)) throw new InferOptError('model', `the name ${name} is defined twice`);
    const value = new Value(this, name, type);
    this.#values.set(name, value);
    this.names.claim(name);
    return value;
  }

  /**
   * A value whose name another one of this scope has: what the file defines twice and the last definition
   * wins. Nothing can refer to it.
   */
  declareShadowed(name: string): Value {
    return new Value(this, name);
  }

  /** A new value under a fresh name made from `base`. */
  newValue(base: string, type?: ValueType): Value {
    return this.declare(this.names.fresh(base), type);
  }

  /** A new constant under a fresh name made from `base`. */
  addConstant(base: string, tensor: Tensor): Value {
    const value = this.newValue(base, tensorType(tensor.dtype, tensor.dims));
    value.constant = tensor;
    return value;
  }

  addInput(value: Value): void {
    value.isGraphInput = true;
    this.#inputs.push(value);
  }

  /** Takes it off the input list; the value itself stays (a constant, or unused). */
  removeInput(value: Value): void {
    const at = this.#inputs.indexOf(value);
    if (at < 0) throw new InferOptError('internal', `${value.name} is no input`);
    this.#inputs.splice(at, 1);
    value.isGraphInput = false;
  }

  addOutput(value: Value): void {
    value.outputSlots += 1;
    this.#outputs.push(value);
  }

  setOutput(index: number, value: Value): void {
    const old = this.#outputs[index];
    if (old === undefined) throw new InferOptError('internal', `graph has no output ${index}`);
    old.outputSlots -= 1;
    value.outputSlots += 1;
    this.#outputs[index] = value;
  }

  removeOutput(index: number): void {
    const [old] = this.#outputs.splice(index, 1);
    if (old !== undefined) old.outputSlots -= 1;
  }

  /** Adds a node; see `NodeSettings` for its place and its outputs (one new value without). */
  addNode(opType: string, inputs: readonly (Value | undefined)[], settings: NodeSettings = {}): Node {
    const node = new Node(
      this,
      opType,
      settings.domain ?? '',
      settings.name ?? '',
      settings.attributes === undefined ? new Map<string, Attribute>() : new Map(settings.attributes),
    );
    node.overload = settings.overload ?? '';
    this.names.claim(node.name);
    node.setInputs(inputs);
    const outputs = settings.outputs ?? 1;
    const values =
      typeof outputs === 'number'
        ? Array.from({ length: outputs }, () => this.newValue(settings.outputName ?? `${opType}_output`))
        : outputs;
    values.forEach((value, index) => {
      node.setOutput(index, value);
    });
    this.#insert(node, settings.before);
    return node;
  }

  /** Moves a node in front of another one of this graph, or to the end. */
  moveBefore(node: Node, before: Node | undefined): void {
    if (node === before) return;
    this.#unlink(node);
    this.#insert(node, before);
  }

  /**
   * Removes nodes together with the values they produce. Throws `internal`, and changes nothing, when
   * something outside of them still reads one of these values.
   */
  remove(...nodes: readonly Node[]): void {
    const gone = new Set(nodes.flatMap((node) => [node, ...nodesInside(node)]));
    for (const node of nodes) {
      for (const value of node.outputs) {
        if (value === undefined) continue;
        const reader = value.uses.find((use) => !gone.has(use.node))?.node.label;
        if (reader !== undefined || value.isGraphOutput) {
          throw new InferOptError(
            'internal',
            `cannot remove ${node.label}: ${value.name} is still read by ${reader ?? 'the graph output'}`,
          );
        }
      }
    }
    for (const node of nodes) {
      releaseOuterValues(node);
      node.clearInputs();
      node.outputs.forEach((value, index) => {
        if (value === undefined) return;
        node.setOutput(index, undefined);
        if (this.#values.get(value.name) === value) this.#values.delete(value.name);
      });
      this.#unlink(node);
      node.removed = true;
    }
  }

  /** Drops a value that nothing produces or reads any more (an unused constant). */
  removeValue(value: Value): void {
    if (!value.isUnused || value.producer !== undefined || value.isGraphInput) {
      throw new InferOptError('internal', `cannot drop ${value.name}: it is in use`);
    }
    this.#values.delete(value.name);
  }

  /** Gives a value another name; throws `internal` when the scope has it already. */
  rename(value: Value, name: string): void {
    if (value.name === name) return;
    if (this.#values.has(name)) throw new InferOptError('internal', `the name ${name} is taken`);
    this.#values.delete(value.name);
    value.name = name;
    this.#values.set(name, value);
    this.names.claim(name);
  }

  /** Lets two values of this scope trade names: used where a graph output must keep its own. */
  swapNames(a: Value, b: Value): void {
    const name = a.name;
    a.name = b.name;
    b.name = name;
    this.#values.set(a.name, a);
    this.#values.set(b.name, b);
  }

  #insert(node: Node, before: Node | undefined): void {
    const previous = before === undefined ? this.#last : before.previous;
    node.previous = previous;
    node.next = before;
    if (previous === undefined) this.#first = node;
    else previous.next = node;
    if (before === undefined) this.#last = node;
    else before.previous = node;
    this.#nodeCount += 1;
  }

  /** Leaves `node.next` as it is: a loop that stands on the node still finds its way on. */
  #unlink(node: Node): void {
    if (node.previous === undefined) this.#first = node.next;
    else node.previous.next = node.next;
    if (node.next === undefined) this.#last = node.previous;
    else node.next.previous = node.previous;
    this.#nodeCount -= 1;
  }
}
