import { InferOptError } from '../errors.js';
import type { DType } from '../tensor/dtype.js';
import type { Model } from './model.js';
import type { Dim } from './types.js';

/** An input that a caller must give, and that is a tensor. `dims` undefined means that not even the rank is known. */
export interface TensorInput {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly Dim[] | undefined;
}

/** The required inputs that are tensors; others are left out. */
export function tensorInputs(model: Model): TensorInput[] {
  return model.graph.requiredInputs.flatMap(({ name, type }) =>
    type?.kind === 'tensor' ? [{ name, dtype: type.dtype, dims: type.dims }] : [],
  );
}

/** What a dataset has to know of a model's inputs. Throws `model` when one of them is no tensor. */
export function inputSpecs(model: Model): TensorInput[] {
  const odd = model.graph.requiredInputs.find(({ type }) => type?.kind !== 'tensor');
  if (odd === undefined) return tensorInputs(model);
  throw new InferOptError('model', `input ${odd.name} is no tensor`, {
    hint: 'only models whose inputs are tensors can be run here',
  });
}
