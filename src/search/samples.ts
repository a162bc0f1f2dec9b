import type { Dataset, SampleSet } from '../data/dataset.js';
import { seededRandom, shuffled } from '../tensor/random.js';

export interface SearchSamples {
  /** What candidates are chosen by: a seeded third of `evaluate`, then `calibrate`. */
  readonly search: SampleSet;
  /** What gates are judged on: the rest of `evaluate`, which the search never sees. */
  readonly heldOut: SampleSet;
}

/** Parts the samples between choosing and judging. Sequences keep their order: the first third, and what follows. */
export function partSamples(dataset: Dataset, seed: number): SearchSamples {
  const { calibrate, evaluate } = dataset;
  const third = Math.floor(evaluate.size / 3);
  const inOrder = dataset.state.size > 0;
  const order = inOrder
    ? Array.from({ length: evaluate.size }, (_, index) => index)
    : shuffled(evaluate.size, seededRandom(seed));
  const chosen = subset(evaluate, order.slice(0, third));
  return {
    search: inOrder && third > 0 ? chosen : joined(chosen, calibrate),
    heldOut: subset(
      evaluate,
      order.slice(third).sort((a, b) => a - b),
    ),
  };
}

/** The first `count` samples. */
export function firstOf(set: SampleSet, count: number): SampleSet {
  return { size: Math.min(count, set.size), get: (index) => set.get(index) };
}

function subset(set: SampleSet, places: readonly number[]): SampleSet {
  return { size: places.length, get: (index) => set.get(places[index]!) };
}

function joined(first: SampleSet, second: SampleSet): SampleSet {
  return {
    size: first.size + second.size,
    get: (index) => (index < first.size ? first.get(index) : second.get(index - first.size)),
  };
}
