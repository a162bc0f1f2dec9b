import type { TypeRules } from '../site.js';
import { computeRules } from './compute.js';
import { elementwiseRules } from './elementwise.js';
import { movementRules } from './movement.js';
import { runtimeRules } from './runtime.js';

/** One rule an operator, by its qualified name; later families win where two know an operator. */
export const typeRules: TypeRules = {
  ...elementwiseRules,
  ...movementRules,
  ...computeRules,
  ...runtimeRules,
};
