import type { InputSpec } from '../data/dataset.js';
import type { Model } from '../ir/model.js';

/** What the model must be given, or undefined when an input is no tensor: it cannot be run here then. */
export function inputSpecsOf(model: Model): InputSpec[] | undefined {
  const specs: InputSpec[] = [];
  for (const { name, type } of model.graph.requiredInputs) {
    if (type?.kind !== 'tensor') return undefined;
    specs.push({ name, dtype: type.dtype, dims: type.dims });
  }
  return specs;
}
