import { InferOptError } from '../../errors.js';
import { attribute, type Attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import { staticDims, tensorType } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import type { DType } from '../../tensor/dtype.js';
import { Tensor } from '../../tensor/tensor.js';
import { constantOf, type ValueFacts } from './facts.js';

/** Largest int64, which the standard uses for "to the end". */
export const toTheEnd = 2n ** 63n - 1n;

/** One node on its way to the next version of its operator, with what conversions need around it. */
export class Site {
  readonly node: Node;
  readonly #facts: ValueFacts;
  readonly #version: number;
  readonly #next: Node | undefined;

  constructor(node: Node, facts: ValueFacts, version: number) {
    this.node = node;
    this.#facts = facts;
    this.#version = version;
    this.#next = node.next;
  }

  /** The input with that index; refuses a node that lacks it. */
  input(index: number): Value {
    return this.node.inputs[index] ?? this.refuse(`it has no input ${index}`);
  }

  constantOf(value: Value): Tensor | undefined {
    return constantOf(value);
  }

  elementType(value: Value): DType | undefined {
    return this.#facts.elementType(value);
  }

  rank(value: Value): number | undefined {
    return this.#facts.rank(value);
  }

  dims(value: Value): readonly number[] | undefined {
    return value.constant?.dims ?? staticDims(value.type);
  }

  /** A new constant. Functions have no initializers: there it becomes a node. */
  constant(base: string, tensor: Tensor): Value {
    const { graph } = this.node;
    const name = `${this.node.name === '' ? this.node.opType : this.node.name}_${base}`;
    if (!this.#facts.isFunctionBody(graph)) return graph.addConstant(name, tensor);
    return this.before('Constant', [], { value: attribute.tensor(tensor) });
  }

  /** A list of integers as a one-dimensional int64 constant. */
  integers(base: string, values: readonly (number | bigint)[]): Value {
    return this.constant(base, Tensor.int64([values.length], values));
  }

  /** A new node in front of this one; gives its output. */
  before(
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    return this.#add(opType, inputs, attributes, this.node).outputs[0]!;
  }

  /** A new node behind this one (and behind earlier ones added so); it produces `output` where one is given. */
  after(
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output?: Value,
  ): Value {
    return this.#add(opType, inputs, attributes, this.#next, output).outputs[0]!;
  }

  /** Lets the node compute a new value in place of its output; gives the new value and the free one. */
  detachOutput(index = 0): { computed: Value; released: Value } {
    const released = this.node.outputs[index] ?? this.refuse(`it has no output ${index}`);
    const dtype = this.elementType(released);
    const computed = this.node.graph.newValue(
      released.name,
      dtype === undefined ? undefined : tensorType(dtype),
    );
    this.node.setOutput(index, computed);
    return { computed, released };
  }

  /** Replaces input `index`; a constant that nothing reads any more goes away. */
  replaceInput(index: number, value: Value | undefined): void {
    const old = this.node.inputs[index];
    this.node.setInput(index, value);
    if (old?.constant !== undefined && old.isUnused && !old.isGraphInput) old.graph.removeValue(old);
  }

  /** Removes the attribute and gives its content; undefined where it is absent. */
  takeInts(name: string): number[] | undefined {
    const found = this.#take(name, 'ints');
    return found?.value.map(Number);
  }

  takeBigInts(name: string): readonly bigint[] | undefined {
    return this.#take(name, 'ints')?.value;
  }

  takeInt(name: string): number | undefined {
    const found = this.#take(name, 'int');
    return found === undefined ? undefined : Number(found.value);
  }

  takeFloat(name: string): number | undefined {
    return this.#take(name, 'float')?.value;
  }

  takeFloats(name: string): readonly number[] | undefined {
    return this.#take(name, 'floats')?.value;
  }

  takeString(name: string): string | undefined {
    return this.#take(name, 'string')?.value;
  }

  set(name: string, value: Attribute): void {
    this.node.attributes.set(name, value);
  }

  /** True when somebody reads output `index`. */
  isOutputUsed(index: number): boolean {
    const output = this.node.outputs[index];
    return output !== undefined && !output.isUnused;
  }

  /** Leaves the outputs from `first` on out; refuses when one of them is read. */
  dropOutputs(first: number, why: string): void {
    for (let index = first; index < this.node.outputs.length; index += 1) {
      if (this.isOutputUsed(index)) this.refuse(why);
    }
    const dropped = this.node.outputs.slice(first);
    this.node.truncateOutputs(first);
    for (const value of dropped) if (value !== undefined) this.node.graph.removeValue(value);
  }

  /** Stops the upgrade; the model is left as it was. */
  refuse(reason: string, hint = `keep the model at opset ${this.#version - 1} or below`): never {
    throw new InferOptError(
      'model',
      `operator ${this.node.opType} of node ${this.node.label} cannot be carried from opset ${this.#version - 1} ` +
        `to ${this.#version}: ${reason}`,
      { hint },
    );
  }

  #take<Kind extends Attribute['kind']>(
    name: string,
    kind: Kind,
  ): Extract<Attribute, { kind: Kind }> | undefined {
    const found = this.node.attributes.get(name);
    if (found === undefined) return undefined;
    if (found.kind === 'other') this.refuse(`its attribute ${name} is set by the function around it`);
    if (found.kind !== kind) this.refuse(`its attribute ${name} is ${found.kind}, not ${kind}`);
    this.node.attributes.delete(name);
    return found as Extract<Attribute, { kind: Kind }>;
  }

  #add(
    opType: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, Attribute>>,
    before: Node | undefined,
    output?: Value,
  ): Node {
    const { graph, name } = this.node;
    return graph.addNode(opType, inputs, {
      name: graph.names.fresh(name === '' ? opType : `${name}_${opType}`),
      attributes: Object.entries(attributes),
      outputs: output === undefined ? 1 : [output],
      outputName: `${this.node.outputs.find((value) => value)?.name ?? opType}_${opType}`,
      before,
    });
  }
}
