import type { Value } from '../../ir/value.js';
import type { Emitter } from '../graph/emitter.js';

/** What one update computes from; all values have the dims of the weights, the rates are scalars. */
export interface UpdateSite {
  readonly emitter: Emitter;
  readonly weight: Value;
  readonly gradient: Value;
  /** One for each name of `states`. */
  readonly states: readonly Value[];
  /** What `rateAt` gave. */
  readonly rate: Value;
  /** Share of the weights that goes at every step (decoupled weight decay). */
  readonly decay: Value;
}

/** A rule that changes weights along their gradients. A new one is a file that exports it and a line in `list.ts`. */
export interface Optimizer {
  readonly name: string;
  readonly summary: string;
  /** The learning rate without `--rate`. */
  readonly rate: number;
  /** What it remembers of each weight, zero at the start. */
  readonly states: readonly string[];
  /** The rate that step number `step` (from 1) is given. */
  rateAt(rate: number, step: number): number;
  build(site: UpdateSite): { readonly weight: Value; readonly states: readonly Value[] };
}
