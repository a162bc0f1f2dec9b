import type { Layer } from '../layer.js';

/** For every weight of every layer, what its loss costs: the cheapest go. Laid out as `matrixOf` gives them. */
export type Scores = ReadonlyMap<Layer, Float64Array>;

/** 1 for a weight that stays, 0 for one that goes. */
export type Masks = Map<Layer, Uint8Array>;

/**
 * Masks with exactly `zeros` zeros over all layers together, on the weights of the lowest scores; of equal ones
 * the first go.
 */
export function cheapest(scores: Scores, zeros: number): Masks {
  const total = [...scores.values()].reduce((sum, values) => sum + values.length, 0);
  const sorted = new Float64Array(total);
  let at = 0;
  for (const values of scores.values()) {
    sorted.set(values, at);
    at += values.length;
  }
  sorted.sort();
  const threshold = zeros === 0 ? -Infinity : sorted[zeros - 1]!;
  let below = 0;
  while (below < zeros && sorted[below]! < threshold) below += 1;
  let equal = zeros - below;
  const masks: Masks = new Map();
  for (const [layer, values] of scores) {
    const mask = new Uint8Array(values.length).fill(1);
    for (let i = 0; i < values.length; i++) {
      if (values[i]! < threshold) mask[i] = 0;
      else if (values[i] === threshold && equal > 0) {
        mask[i] = 0;
        equal -= 1;
      }
    }
    masks.set(layer, mask);
  }
  return masks;
}
