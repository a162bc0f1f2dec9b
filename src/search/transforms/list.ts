import { fuse } from './fuse.js';
import { prune } from './prune.js';
import { quantize } from './quantize.js';
import type { Transform } from './transform.js';

/** In the order in which they are applied to one model: fewer weights first, smaller numbers last. */
export const transforms: readonly Transform[] = [fuse, prune, quantize];
