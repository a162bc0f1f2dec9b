import { dense } from './dense.js';
import type { WeightRewrite } from './rewrite.js';
import { table } from './table.js';

/** What can be stored in few bits. Conv is not among them: the runtime has no kernel for it with small weights. */
export const weightRewrites: readonly WeightRewrite[] = [dense, table];
