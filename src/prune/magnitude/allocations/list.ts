import type { Allocation } from './allocation.js';
import { global } from './global.js';
import { lamp } from './lamp.js';
import { uniform } from './uniform.js';

/** The first is the one that is taken without samples. */
export const allocations: readonly Allocation[] = [lamp, uniform, global];

/** What stands for scores from samples: the output error that each weight's loss costs. */
export const byError = {
  name: 'error',
  summary: 'weights go whose loss changes the outputs least, by second moments of the samples',
};
