import { dense } from './dense.js';
import { embedding } from './embedding.js';
import { lstm } from './lstm.js';
import type { DynamicRewrite } from './rewrite.js';

/**
 * What is quantized while it runs. Conv is not among them: the runtime never fuses ConvInteger, which is
 * six times slower than the float Conv.
 */
export const dynamicRewrites: readonly DynamicRewrite[] = [dense, lstm, embedding];
