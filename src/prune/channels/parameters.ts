import type { Model } from '../../ir/model.js';
import type { Value } from '../../ir/value.js';
import { isFloat } from '../../tensor/dtype.js';
import { elementCount } from '../../tensor/tensor.js';
import type { ChannelGroup, Unit } from './groups.js';
import { Remaining, type Counter } from './remaining.js';

/** Counts the elements of float constants while channels go, without touching the model. */
export class Parameters implements Counter {
  readonly #remaining = new Remaining((value) => value.constant?.dims);
  readonly #constants: readonly Value[];

  constructor(model: Model) {
    const constants = [...model.graphs()].flatMap((graph): Value[] => [...graph.constants()]);
    this.#constants = constants.filter(({ constant }) => isFloat(constant!.dtype));
  }

  total(): number {
    return this.#sum(this.#constants);
  }

  gain(group: ChannelGroup, units: readonly Unit[]): number {
    const touched = new Set(group.axes.map(({ value }) => value));
    const own = [...touched].filter(({ constant }) => constant !== undefined && isFloat(constant.dtype));
    return this.#remaining.difference(units, () => this.#sum(own));
  }

  remove(units: readonly Unit[]): void {
    this.#remaining.remove(units);
  }

  #sum(values: readonly Value[]): number {
    return values.reduce((sum, value) => sum + elementCount(this.#remaining.dims(value)!), 0);
  }
}
