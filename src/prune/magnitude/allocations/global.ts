import type { Allocation } from './allocation.js';

export const global: Allocation = {
  name: 'global',
  summary: 'the smallest weights of the whole model go, wherever they are',
  score: (weights) => weights.map(Math.abs),
  scoreBuckets: ({ counts, squares }) =>
    counts.map((count, bucket) => (count === 0 ? 0 : Math.sqrt(squares[bucket]! / count))),
};
