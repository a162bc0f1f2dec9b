import type { Allocation } from './allocation.js';
import { byMagnitude } from './by-magnitude.js';

export const uniform: Allocation = {
  name: 'uniform',
  summary: 'every layer gives the same share of its weights, the smallest ones',
  score(weights) {
    const scores = new Float64Array(weights.length);
    byMagnitude(weights).forEach((index, rank) => {
      scores[index] = rank / weights.length;
    });
    return scores;
  },
  scoreBuckets({ counts, size }) {
    let below = 0;
    return counts.map((count) => {
      const rank = below + (count - 1) / 2;
      below += count;
      return rank / size;
    });
  },
};
