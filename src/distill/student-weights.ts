import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { copyModel } from '../prune/repair/part.js';
import type { Tensor } from '../tensor/tensor.js';
import { rounded, type FakeQuantization } from './fake-quantization/fake-quantization.js';
import type { Parameter } from './parameters.js';

/** A copy of a model with other weights, by the names of its constants. */
export function withWeights(model: Model, weights: ReadonlyMap<string, Tensor>): Model {
  const copy = copyModel(model);
  for (const [name, tensor] of weights) {
    const value = copy.graph.get(name);
    if (value?.constant === undefined)
      throw new InferOptError('internal', `the student has no weight ${name}`);
    value.constant = tensor;
  }
  return copy;
}

/** Rounds trained weights in place, as the forward pass of the training did. */
export function roundWeights(
  model: Model,
  quantization: FakeQuantization,
  trained: readonly Parameter[],
): void {
  for (const { value, node } of trained) {
    const own = model.graph.get(value.name)!;
    own.constant = rounded(quantization, own.constant!, node);
  }
}

/** How many numbers parameters hold. */
export function sizeOf(parameters: readonly Parameter[]): number {
  return parameters.reduce((sum, { value }) => sum + value.constant.size, 0);
}

/** How many zeros masks keep. */
export function zerosOf(masks: ReadonlyMap<string, Tensor>): number {
  let zeros = 0;
  for (const mask of masks.values()) for (const kept of mask.toFloat32()) zeros += 1 - kept;
  return zeros;
}
