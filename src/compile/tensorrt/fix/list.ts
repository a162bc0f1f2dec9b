import type { Model } from '../../../ir/model.js';
import type { Fix } from './fix.js';
import { staticBatch } from './static-batch.js';
import { symmetric } from './symmetric.js';

/** What is always safe to do; shapes come after, as they depend on what was asked. */
const fixes: readonly Fix[] = [symmetric];

/** Mends a model in place, and says what was changed. A free batch is made 1 only where no shapes are known. */
export function applyFixes(model: Model, hasShapes: boolean): string[] {
  return [...fixes, ...(hasShapes ? [] : [staticBatch])].flatMap((fix) => fix.apply(model));
}
