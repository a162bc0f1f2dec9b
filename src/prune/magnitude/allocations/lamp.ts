import type { Allocation } from './allocation.js';
import { byMagnitude } from './by-magnitude.js';

/** Layer-adaptive magnitude: w² over the sum of w² of all weights of the layer that are at least as large (Lee et al. 2021). */
export const lamp: Allocation = {
  name: 'lamp',
  summary: 'weights that are small for their layer go, small layers are spared (LAMP)',
  score(weights) {
    const order = byMagnitude(weights);
    const scores = new Float64Array(weights.length);
    let rest = 0;
    for (let rank = order.length - 1; rank >= 0; rank--) {
      const index = order[rank]!;
      const square = weights[index]! ** 2;
      rest += square;
      scores[index] = square === 0 ? 0 : square / rest;
    }
    return scores;
  },
  scoreBuckets({ counts, squares }) {
    const scores = new Float64Array(counts.length);
    let above = 0;
    for (let bucket = counts.length - 1; bucket >= 0; bucket--) {
      const square = squares[bucket]! / Math.max(1, counts[bucket]!);
      // Half of its neighbours in the bucket are at least as large, and itself.
      if (square > 0) scores[bucket] = square / (above + (squares[bucket]! + square) / 2);
      above += squares[bucket]!;
    }
    return scores;
  },
};
