import type { TypeRules } from '../site.js';
import { computeRules } from './compute.js';
import { elementwiseRules } from './elementwise.js';
import { extendingRules } from './extending.js';
import { makingRules } from './making.js';
import { reshapingRules } from './reshaping.js';
import { runtimeRules } from './runtime.js';
import { selectingRules } from './selecting.js';

/** One rule an operator, by its qualified name; later families win where two know an operator. */
export const typeRules: TypeRules = {
  ...elementwiseRules,
  ...reshapingRules,
  ...selectingRules,
  ...extendingRules,
  ...makingRules,
  ...computeRules,
  ...runtimeRules,
};
