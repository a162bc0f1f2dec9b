import { InferOptError } from '../errors.js';
import { elementCount, type Tensor } from '../tensor/tensor.js';
import type { InputSpec } from './types.js';

type Dim = number | string | undefined;

/** `float32[batch, 3, ?, ?]`, for messages. */
export function specText({ dtype, dims }: InputSpec): string {
  return dims === undefined
    ? `${dtype} of any shape`
    : `${dtype}[${dims.map((dim) => (isKnown(dim) ? dim : typeof dim === 'string' ? dim : '?')).join(', ')}]`;
}

/** True for a dim that the model fixes; symbols and negative numbers may be anything. */
export function isKnown(dim: Dim): dim is number {
  return typeof dim === 'number' && dim >= 0;
}

function matches(dims: readonly number[], wanted: readonly Dim[]): boolean {
  return (
    dims.length === wanted.length && dims.every((dim, axis) => !isKnown(wanted[axis]) || wanted[axis] === dim)
  );
}

/**
 * One sample's array seen in the model's dims: as it is where it fits, else with a batch dim of 1 before it.
 * Throws `data` with the sample, the input, what was found and what is wanted.
 */
export function fitToInput(tensor: Tensor, spec: InputSpec, sample: string): Tensor {
  if (tensor.dtype !== spec.dtype) {
    throw new InferOptError(
      'data',
      `sample ${sample}, input "${spec.name}": got ${tensor.dtype}, the model takes ${spec.dtype}`,
      {
        hint: `if the values are right, convert them with "type: ${spec.dtype}" in a dataset file`,
      },
    );
  }
  if (spec.dims === undefined || matches(tensor.dims, spec.dims)) return tensor;
  const batched = [1, ...tensor.dims];
  if (matches(batched, spec.dims)) return tensor.reshaped(batched);
  throw shapeMismatch(tensor.dims, spec, sample);
}

export function shapeMismatch(dims: readonly number[], spec: InputSpec, sample: string): InferOptError {
  return new InferOptError(
    'data',
    `sample ${sample}, input "${spec.name}": got shape [${dims.join(', ')}], the model takes ${specText(spec)}`,
  );
}

/**
 * The model's dims filled in for a flat list of elements: an unknown first dim is the batch and 1, one other
 * unknown dim takes what is left. Undefined where the number of elements does not fit.
 */
export function dimsForCount(count: number, wanted: readonly Dim[]): readonly number[] | undefined {
  const unknown = wanted.flatMap((dim, axis) => (!isKnown(dim) && axis > 0 ? [axis] : []));
  const dims = wanted.map((dim) => (isKnown(dim) ? dim : 1));
  if (unknown.length === 1) dims[unknown[0]!] = count / elementCount(dims);
  return unknown.length <= 1 && dims.every(Number.isInteger) && elementCount(dims) === count
    ? dims
    : undefined;
}
