import type { Graph } from '../../ir/graph.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { tensorType, type Dim, type ValueType } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { constantOf, dtypeOf } from '../match.js';
import { integersOfNode, longestIntegers } from './integers.js';
import { typeRules } from './rules/list.js';
import { declaredDims, type Integers, type Site } from './site.js';
import { Symbolic } from './symbolic.js';

/**
 * What follows from the operators' rules about the types of a model's values and the elements of its shape
 * tensors. Names of lengths are those of the inputs, and arithmetic on them is followed, so that two values
 * with the same unknown length are known to have it.
 */
export class TypeFacts {
  readonly symbolic = new Symbolic();
  readonly #integers = new Map<Value, Integers>();
  /** Dims with names that can be compared; see `dimsOf`. */
  readonly #dims = new Map<Value, readonly Dim[]>();
  /** Each node as it was looked at last: inputs, then outputs, each followed by the type that it had. */
  readonly #read = new Map<Node, readonly unknown[]>();
  /** Values of which more became known in the sweep that is under way. */
  readonly #moved = new Set<Value>();
  #names = 0;

  /** What is known of a small integer tensor: computed by shape arithmetic, or constant. */
  integersOf(value: Value | undefined): Integers | undefined {
    if (value === undefined) return undefined;
    const known = this.#integers.get(value);
    if (known !== undefined) return known;
    const content = constantOf(value);
    if (content === undefined || (content.dtype !== 'int64' && content.dtype !== 'int32')) return undefined;
    if (content.dims.length > 1 || content.size > longestIntegers) return undefined;
    const elements = Array.from(content.toNumbers());
    if (!elements.every(Number.isSafeInteger)) return undefined;
    const found = { scalar: content.dims.length === 0, elements };
    this.#integers.set(value, found);
    return found;
  }

  /**
   * The dims of a value, as they follow from the inputs: two lengths of one name are equal. Names that a file
   * gives to anything but the inputs of its main graph are not believed; a length of which nothing is known has
   * a name of its own here.
   */
  dimsOf(value: Value | undefined): readonly Dim[] | undefined {
    if (value === undefined) return undefined;
    const known = this.#dims.get(value);
    if (known !== undefined) return known;
    const dims = declaredDims(value);
    if (dims?.every((dim) => typeof dim === 'number') !== false) return dims;
    const isMainInput = value.isGraphInput && value.graph.parent === undefined;
    const named = dims.map((dim) => {
      if (typeof dim === 'number' || (isMainInput && dim !== undefined)) return dim;
      return this.#freshName();
    });
    this.#dims.set(value, named);
    return named;
  }

  /** A name for a length of which nothing is known but that it is always the same. */
  #freshName(): string {
    this.#names += 1;
    return `=#${this.#names}`;
  }

  /** What follows from the inputs, and else what was known before. */
  #learn(value: Value, told: readonly Dim[]): void {
    const before = this.#dims.get(value);
    const declared = declaredDims(value);
    const fits = declared?.length === told.length;
    const dims = told.map((dim, axis): Dim => {
      const length = fits ? declared[axis] : undefined;
      return dim ?? (typeof length === 'number' ? length : (before?.[axis] ?? this.#freshName()));
    });
    if (before !== undefined && sameElements(before, dims)) return;
    this.#dims.set(value, dims);
    this.#moved.add(value);
  }

  /**
   * Brings the facts up to date; gives back whether there are operators without a rule, of which a runtime may know
   * more. Nodes that read what they read the last time, with nothing new known of it, are passed over.
   */
  update(model: Model): boolean {
    this.#moved.clear();
    return this.#visit(model.graph, model.opset);
  }

  #visit(graph: Graph, opset: number): boolean {
    let unknown = false;
    for (const node of graph.nodes()) {
      if (graph.holdsBodies) {
        for (const body of node.subgraphs()) if (this.#visit(body, opset)) unknown = true;
      }
      const rule = typeRules[node.qualifiedType];
      if (rule !== undefined && this.#isSettled(node)) continue;
      const site = this.#site(node, opset);
      const types = node.is('If') ? branchTypes(node) : rule?.(site);
      for (const [index, value] of node.outputs.entries()) {
        if (value === undefined) continue;
        const told = types?.[index];
        refine(value, told);
        if (told?.kind === 'tensor' && told.dims !== undefined) this.#learn(value, told.dims);
        if (rule === undefined && !node.is('If') && !value.isUnused && lacksRank(value)) unknown = true;
      }
      const [output] = node.outputs;
      if (output !== undefined) this.#count(output, integersOfNode(site));
      this.#remember(node);
    }
    return unknown;
  }

  #count(output: Value, integers: Integers | undefined): void {
    if (integers === undefined) return;
    const before = this.#integers.get(output);
    if (before?.scalar === integers.scalar && sameElements(before.elements, integers.elements)) return;
    this.#integers.set(output, integers);
    this.#moved.add(output);
  }

  /** True when a node's outputs would come out as they did the last time. */
  #isSettled(node: Node): boolean {
    const before = this.#read.get(node);
    if (before === undefined) return false;
    let place = 0;
    for (const values of [node.inputs, node.outputs]) {
      for (const value of values) {
        if (before[place] !== value || before[place + 1] !== value?.type) return false;
        if (value !== undefined && this.#moved.has(value)) return false;
        place += 2;
      }
    }
    return place === before.length;
  }

  #remember(node: Node): void {
    const seen: unknown[] = [];
    for (const value of node.inputs) seen.push(value, value?.type);
    for (const value of node.outputs) seen.push(value, value?.type);
    this.#read.set(node, seen);
  }

  #site(node: Node, opset: number): Site {
    return {
      node,
      opset,
      symbolic: this.symbolic,
      dims: (index) => this.dimsOf(node.inputs[index]),
      dtype: (index) => dtypeOf(node.inputs[index]),
      integers: (index) => this.integersOf(node.inputs[index]),
    };
  }
}

function sameElements(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, index) => dim === b[index]);
}

function isComposed(dim: Dim): boolean {
  return typeof dim === 'string' && dim.startsWith('=');
}

function lacksRank({ type }: Value): boolean {
  return type === undefined || (type.kind === 'tensor' && type.dims === undefined);
}

/** Makes a value's type more precise. Composed names stay among the facts: a file has no use for them. */
function refine(value: Value, full: ValueType | undefined): void {
  const old = value.type;
  if (full?.kind !== 'tensor') return;
  const told = { ...full, dims: full.dims?.map((dim) => (isComposed(dim) ? undefined : dim)) };
  if (old === undefined || old.kind === 'unknown') {
    value.type = told;
    return;
  }
  if (old.kind !== 'tensor' || old.dtype !== told.dtype || told.dims === undefined) return;
  if (old.dims === undefined || contradicts(old.dims, told.dims)) {
    // Runtimes warn of a wrong declaration and go on; what follows from the inputs is right.
    value.type = told;
    return;
  }
  // An output is called as the file calls it.
  if (value.isGraphOutput && value.graph.parent === undefined) return;
  const dims = old.dims.map((dim, axis) => told.dims![axis] ?? dim);
  if (dims.some((dim, axis) => dim !== old.dims![axis])) value.type = tensorType(old.dtype, dims);
}

function contradicts(old: readonly Dim[], told: readonly Dim[]): boolean {
  return (
    old.length !== told.length ||
    old.some((dim, axis) => typeof dim === 'number' && typeof told[axis] === 'number' && dim !== told[axis])
  );
}

/** What both branches agree on. */
function branchTypes(node: Node): (ValueType | undefined)[] | undefined {
  const bodies = [...node.subgraphs()];
  if (bodies.length !== 2) return undefined;
  return node.outputs.map((_, index) => {
    const [yes, no] = bodies.map((body) => typeOf(body.outputs[index]));
    if (yes?.kind !== 'tensor' || no?.kind !== 'tensor' || yes.dtype !== no.dtype) return undefined;
    if (yes.dims?.length !== no.dims?.length) return tensorType(yes.dtype);
    return tensorType(
      yes.dtype,
      yes.dims?.map((dim, axis) => (typeof dim === 'number' && dim === no.dims?.[axis] ? dim : undefined)),
    );
  });
}

function typeOf(value: Value | undefined): ValueType | undefined {
  return value?.constant === undefined ? value?.type : tensorType(value.constant.dtype, value.constant.dims);
}
