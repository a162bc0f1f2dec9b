import { tensorType } from '../../../ir/types.js';
import { dynamicInputs, hasFreeBatchOnly } from '../profiles.js';
import type { Fix } from './fix.js';

/** A free first dim becomes 1 where it is all that is free. */
export const staticBatch: Fix = {
  name: 'static-batch',
  summary: 'makes a free batch 1 where no shapes are given',
  apply(model) {
    const free = dynamicInputs(model).filter(hasFreeBatchOnly);
    for (const { name, dims } of free) {
      const value = model.graph.get(name)!;
      if (value.type?.kind === 'tensor') value.type = tensorType(value.type.dtype, [1, ...dims.slice(1)]);
    }
    if (free.length === 0) return [];
    return [`the batch of ${free.map(({ name }) => name).join(', ')} is now 1`];
  },
};
