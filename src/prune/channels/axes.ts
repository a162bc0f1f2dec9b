import type { Value } from '../../ir/value.js';

/** One axis of one value whose length is known. */
export interface Axis {
  readonly value: Value;
  readonly axis: number;
  readonly length: number;
  /** The number of its first place; places of an axis are numbered one after the other. */
  readonly start: number;
}

/**
 * Which places of which axes can only go together. Every place along every axis of known length is an element;
 * rules link the places that operators tie to each other and freeze those that must stay. What is linked
 * forms a class: it goes whole or not at all.
 */
export class Axes {
  readonly #axes = new Map<Value, (Axis | undefined)[]>();
  readonly #list: Axis[] = [];
  #parents = new Int32Array(1024);
  #size = 0;
  /** By the root of the class. */
  readonly #frozen = new Map<number, string>();

  /** The axis, counted from the end where negative; undefined where its length is not known. */
  of(value: Value | undefined, axis: number): Axis | undefined {
    const dims = value === undefined ? undefined : dimsOf(value);
    if (value === undefined || dims === undefined) return undefined;
    const at = axis < 0 ? axis + dims.length : axis;
    let known = this.#axes.get(value);
    if (known === undefined) this.#axes.set(value, (known = []));
    const length = dims[at];
    if (known[at] !== undefined || typeof length !== 'number') return known[at];
    const found = { value, axis: at, length, start: this.#size };
    this.#grow(length);
    known[at] = found;
    this.#list.push(found);
    return found;
  }

  get all(): readonly Axis[] {
    return this.#list;
  }

  /** The class of a place. */
  classOf(axis: Axis, index: number): number {
    return this.#root(axis.start + index);
  }

  /** Why a class must stay; undefined where it may go. */
  reason(root: number): string | undefined {
    return this.#frozen.get(root);
  }

  link(a: Axis, i: number, b: Axis, j: number): void {
    const [x, y] = [this.#root(a.start + i), this.#root(b.start + j)];
    if (x === y) return;
    const [low, high] = x < y ? [x, y] : [y, x];
    this.#parents[high] = low;
    const reason = this.#frozen.get(high);
    if (reason !== undefined && !this.#frozen.has(low)) this.#frozen.set(low, reason);
    this.#frozen.delete(high);
  }

  /** Links two axes place by place; freezes both where their lengths differ or one is not known. */
  same(a: Axis | undefined, b: Axis | undefined, reason = 'lengths that do not fit'): void {
    if (a !== undefined && b?.length === a.length) {
      for (let i = 0; i < a.length; i++) this.link(a, i, b, i);
      return;
    }
    this.freeze(a, reason);
    this.freeze(b, reason);
  }

  /** Every place of the axis must stay. */
  freeze(axis: Axis | undefined, reason: string): void {
    for (let i = 0; axis !== undefined && i < axis.length; i++) {
      const root = this.#root(axis.start + i);
      if (!this.#frozen.has(root)) this.#frozen.set(root, reason);
    }
  }

  freezeValue(value: Value | undefined, reason: string): void {
    const rank = value === undefined ? undefined : dimsOf(value)?.length;
    for (let axis = 0; axis < (rank ?? 0); axis++) this.freeze(this.of(value, axis), reason);
  }

  #root(place: number): number {
    const parents = this.#parents;
    let root = place;
    while (parents[root] !== root) root = parents[root]!;
    for (let at = place; at !== root;) {
      const next = parents[at]!;
      parents[at] = root;
      at = next;
    }
    return root;
  }

  #grow(count: number): void {
    if (this.#size + count > this.#parents.length) {
      const larger = new Int32Array(2 * (this.#size + count));
      larger.set(this.#parents);
      this.#parents = larger;
    }
    for (let i = this.#size; i < this.#size + count; i++) this.#parents[i] = i;
    this.#size += count;
  }
}

/** The dims of a value as far as they are known; undefined without a rank. */
export function dimsOf(value: Value): readonly (number | string | undefined)[] | undefined {
  return value.constant?.dims ?? (value.type?.kind === 'tensor' ? value.type.dims : undefined);
}

export function rankOf(value: Value | undefined): number {
  return (value === undefined ? undefined : dimsOf(value)?.length) ?? 0;
}
