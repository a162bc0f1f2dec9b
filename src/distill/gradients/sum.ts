import { add } from './add.js';
import type { Gradient } from './gradient.js';

/** Add of any number of values. */
export const sum: Gradient = { ...add, operator: 'Sum', places: 'all' };
