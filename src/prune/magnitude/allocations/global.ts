import type { Allocation } from './allocation.js';

export const global: Allocation = {
  name: 'global',
  summary: 'the smallest weights of the whole model go, wherever they are',
  score: (weights) => weights.map(Math.abs),
};
