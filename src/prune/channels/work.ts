import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { allOf } from '../../ir/walk.js';
import { hasMacs, macsOf } from '../../runtime/macs.js';
import type { ChannelGroup, Unit } from './groups.js';
import { Remaining, type Counter } from './remaining.js';

/** Counts multiply-accumulates while channels go, without touching the model. */
export class Work implements Counter {
  readonly #remaining: Remaining;
  readonly #nodes: readonly Node[];
  readonly #touching: ReadonlyMap<ChannelGroup, readonly Node[]>;

  /** `known` tells the dims of before. */
  constructor(
    model: Model,
    groups: readonly ChannelGroup[],
    known: (value: Value) => readonly number[] | undefined,
  ) {
    this.#remaining = new Remaining(known);
    this.#nodes = [...allOf(model)].filter(hasMacs);
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

  gain(group: ChannelGroup, units: readonly Unit[]): number {
    const nodes = this.#touching.get(group)!;
    return this.#remaining.difference(units, () => this.#sum(nodes));
  }

  remove(units: readonly Unit[]): void {
    this.#remaining.remove(units);
  }

  #sum(nodes: readonly Node[]): number {
    const { dims } = this.#remaining;
    let sum = 0;
    for (const node of nodes) {
      sum += macsOf({ node, inputs: node.inputs.map(dims), outputs: node.outputs.map(dims) }) ?? 0;
    }
    return sum;
  }
}
