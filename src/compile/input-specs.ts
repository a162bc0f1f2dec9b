import type { InputSpec } from '../data/dataset.js';
import type { Model } from '../ir/model.js';
import { tensorInputs } from '../ir/tensor-inputs.js';

/** What the model must be given, or undefined when an input is no tensor: it cannot be run here then. */
export function inputSpecsOf(model: Model): InputSpec[] | undefined {
  const specs = tensorInputs(model);
  return specs.length === model.graph.requiredInputs.length ? specs : undefined;
}
