import type { CandidateFamily } from './candidate.js';
import { dynamicFamily } from './dynamic.js';
import { floatFamily } from './float.js';
import { otherModesFamily } from './other-modes.js';
import { prunedFamily } from './pruned.js';
import { staticFamily } from './static.js';

/** Cheap to make and likely to win first: time may run out. */
export const families: readonly CandidateFamily[] = [
  floatFamily,
  dynamicFamily,
  staticFamily,
  otherModesFamily,
  prunedFamily,
];
