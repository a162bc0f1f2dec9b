import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { hasMacs, macsOf } from '../../runtime/macs.js';
import type { Axis } from './axes.js';
import type { ChannelGroup, Unit } from './groups.js';

/** Counts multiply-accumulates while channels go, without touching the model. */
export class Work {
  readonly #gone = new Map<Value, Map<number, number>>();
  readonly #nodes: readonly Node[];
  readonly #touching: ReadonlyMap<ChannelGroup, readonly Node[]>;

  readonly #known: (value: Value) => readonly number[] | undefined;

  /** `known` tells the dims of before. */
  constructor(
    model: Model,
    groups: readonly ChannelGroup[],
    known: (value: Value) => readonly number[] | undefined,
  ) {
    this.#known = known;
    this.#nodes = [...model.graph.nodes()].filter(hasMacs);
    this.#touching = new Map(
      groups.map((group) => {
        const values = new Set(group.axes.map(({ value }) => value));
        const touches = (value: Value | undefined): boolean => value !== undefined && values.has(value);
        return [group, this.#nodes.filter((node) => [...node.inputs, ...node.outputs].some(touches))];
      }),
    );
  }

  total(): number {
    return this.#sum(this.#nodes);
  }

  /** By how much the work shrinks when these units of a group go as well. */
  gain(group: ChannelGroup, units: readonly Unit[]): number {
    const nodes = this.#touching.get(group)!;
    const before = this.#sum(nodes);
    this.#count(units, 1);
    const after = this.#sum(nodes);
    this.#count(units, -1);
    return before - after;
  }

  remove(units: readonly Unit[]): void {
    this.#count(units, 1);
  }

  #sum(nodes: readonly Node[]): number {
    let sum = 0;
    for (const node of nodes) {
      sum +=
        macsOf({ node, inputs: node.inputs.map(this.#dims), outputs: node.outputs.map(this.#dims) }) ?? 0;
    }
    return sum;
  }

  readonly #dims = (value: Value | undefined): readonly number[] | undefined => {
    const dims = value === undefined ? undefined : this.#known(value);
    if (value === undefined || dims === undefined) return undefined;
    const gone = this.#gone.get(value);
    return gone === undefined ? dims : dims.map((length, axis) => length - (gone.get(axis) ?? 0));
  };

  #count(units: readonly Unit[], sign: 1 | -1): void {
    for (const unit of units) for (const [axis, places] of unit) this.#add(axis, sign * places.length);
  }

  #add({ value, axis }: Axis, count: number): void {
    let own = this.#gone.get(value);
    if (own === undefined) this.#gone.set(value, (own = new Map<number, number>()));
    own.set(axis, (own.get(axis) ?? 0) + count);
  }
}
