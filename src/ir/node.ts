import { InferOptError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Attribute, Carried } from './attribute.js';
import type { Graph } from './graph.js';
import type { Use, Value } from './value.js';

/** An operator call. The standard's own domain is the empty string (never `ai.onnx`). */
export class Node {
  readonly graph: Graph;
  opType: string;
  domain: string;
  /** Which overload of a model-local function it calls; nearly always empty. */
  overload = '';
  name: string;
  readonly attributes: Map<string, Attribute>;
  carried: Carried | undefined;
  /** Neighbours in the graph's order; kept by `Graph`. */
  next: Node | undefined;
  previous: Node | undefined;
  /** True after `Graph.remove`. */
  removed = false;
  readonly #inputs: (Value | undefined)[] = [];
  readonly #uses: (Use | undefined)[] = [];
  readonly #outputs: (Value | undefined)[] = [];

  /** For `Graph` alone. */
  constructor(
    graph: Graph,
    opType: string,
    domain: string,
    name: string,
    attributes: Map<string, Attribute>,
  ) {
    this.graph = graph;
    this.opType = opType;
    this.domain = domain;
    this.name = name;
    this.attributes = attributes;
  }

  /** What it reads; undefined where an optional input is left out. */
  get inputs(): readonly (Value | undefined)[] {
    return this.#inputs;
  }

  /** What it computes; undefined where an optional output is left out. */
  get outputs(): readonly (Value | undefined)[] {
    return this.#outputs;
  }

  /** `Conv`, or `com.microsoft.Gelu` outside the standard's domain. */
  get qualifiedType(): string {
    return this.domain === '' ? this.opType : `${this.domain}.${this.opType}`;
  }

  /** True for an operator of the standard's own domain with one of these names. */
  is(...opTypes: string[]): boolean {
    return this.domain === '' && opTypes.includes(this.opType);
  }

  /** How errors and reports name it: its name, or operator and first output where it has none. */
  get label(): string {
    return this.name !== ''
      ? this.name
      : `${this.opType} -> ${this.#outputs.find((value) => value)?.name ?? '?'}`;
  }

  setInput(index: number, value: Value | undefined): void {
    while (this.#inputs.length < index) {
      this.#inputs.push(undefined);
      this.#uses.push(undefined);
    }
    const old = this.#uses[index];
    if (old !== undefined) this.#inputs[index]?.removeUse(old);
    const use = value === undefined ? undefined : { node: this, index };
    this.#inputs[index] = value;
    this.#uses[index] = use;
    if (use !== undefined) value?.addUse(use);
  }

  /** Makes `values` the whole input list. */
  setInputs(values: readonly (Value | undefined)[]): void {
    this.clearInputs();
    values.forEach((value, index) => {
      this.setInput(index, value);
    });
  }

  /** Lets go of every input. */
  clearInputs(): void {
    this.#inputs.forEach((value, index) => {
      const use = this.#uses[index];
      if (use !== undefined) value?.removeUse(use);
    });
    this.#inputs.length = 0;
    this.#uses.length = 0;
  }

  /** Makes `value` output `index`; it must have no producer yet. */
  setOutput(index: number, value: Value | undefined): void {
    if (value?.producer !== undefined) {
      throw new InferOptError(
        'internal',
        `value ${value.name} is already produced by ${value.producer.label}`,
      );
    }
    while (this.#outputs.length < index) this.#outputs.push(undefined);
    const old = this.#outputs[index];
    if (old !== undefined) old.producer = undefined;
    this.#outputs[index] = value;
    if (value !== undefined) {
      value.producer = this;
      value.producerIndex = index;
    }
  }

  /** Shortens the output list to `count`; values beyond it lose their producer. */
  truncateOutputs(count: number): void {
    for (let index = count; index < this.#outputs.length; index += 1) this.setOutput(index, undefined);
    this.#outputs.length = Math.min(this.#outputs.length, count);
  }

  /** The integer attribute, as a number; `fallback` where it is absent. Throws `model` when it is of another kind. */
  int(name: string, fallback?: number): number {
    const found = this.#attribute(name, 'int');
    if (found !== undefined) return Number(found.value);
    if (fallback === undefined) throw this.#missing(name);
    return fallback;
  }

  float(name: string, fallback?: number): number {
    const found = this.#attribute(name, 'float');
    if (found !== undefined) return found.value;
    if (fallback === undefined) throw this.#missing(name);
    return fallback;
  }

  string(name: string, fallback?: string): string {
    const found = this.#attribute(name, 'string');
    if (found !== undefined) return found.value;
    if (fallback === undefined) throw this.#missing(name);
    return fallback;
  }

  ints(name: string): number[] | undefined {
    return this.#attribute(name, 'ints')?.value.map(Number);
  }

  floats(name: string): readonly number[] | undefined {
    return this.#attribute(name, 'floats')?.value;
  }

  tensor(name: string): Tensor | undefined {
    return this.#attribute(name, 'tensor')?.value;
  }

  /** The bodies of If, Loop and Scan, with the attribute that holds each. */
  *subgraphs(): Generator<Graph> {
    for (const found of this.attributes.values()) {
      if (found.kind === 'graph') yield found.value;
      if (found.kind === 'graphs') yield* found.value;
    }
  }

  #attribute<Kind extends Attribute['kind']>(
    name: string,
    kind: Kind,
  ): Extract<Attribute, { kind: Kind }> | undefined {
    const found = this.attributes.get(name);
    if (found === undefined) return undefined;
    if (found.kind !== kind) {
      throw new InferOptError(
        'model',
        `attribute ${name} of node ${this.label} is ${found.kind}, not ${kind}`,
      );
    }
    return found as Extract<Attribute, { kind: Kind }>;
  }

  #missing(name: string): InferOptError {
    return new InferOptError('model', `node ${this.label} (${this.opType}) lacks its attribute ${name}`);
  }
}
