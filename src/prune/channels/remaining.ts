import type { Value } from '../../ir/value.js';
import type { Axis } from './axes.js';
import type { ChannelGroup, Unit } from './groups.js';

/** How much of every axis is left while units go, without touching the model. */
export class Remaining {
  readonly #gone = new Map<Value, Map<number, number>>();
  readonly #known: (value: Value) => readonly number[] | undefined;

  /** `known` tells the dims of before. */
  constructor(known: (value: Value) => readonly number[] | undefined) {
    this.#known = known;
  }

  readonly dims = (value: Value | undefined): readonly number[] | undefined => {
    const dims = value === undefined ? undefined : this.#known(value);
    if (value === undefined || dims === undefined) return undefined;
    const gone = this.#gone.get(value);
    return gone === undefined ? dims : dims.map((length, axis) => length - (gone.get(axis) ?? 0));
  };

  remove(units: readonly Unit[]): void {
    this.#count(units, 1);
  }

  /** What `measure` gives less when these units go as well. */
  difference(units: readonly Unit[], measure: () => number): number {
    const before = measure();
    this.#count(units, 1);
    const after = measure();
    this.#count(units, -1);
    return before - after;
  }

  #count(units: readonly Unit[], sign: 1 | -1): void {
    for (const unit of units) for (const [axis, places] of unit) this.#add(axis, sign * places.length);
  }

  #add({ value, axis }: Axis, count: number): void {
    let own = this.#gone.get(value);
    if (own === undefined) this.#gone.set(value, (own = new Map<number, number>()));
    own.set(axis, (own.get(axis) ?? 0) + count);
  }
}

/** What a cut is to bring down, counted while units go. */
export interface Counter {
  total(): number;
  /** By how much it shrinks when these units of a group go as well. */
  gain(group: ChannelGroup, units: readonly Unit[]): number;
  remove(units: readonly Unit[]): void;
}
