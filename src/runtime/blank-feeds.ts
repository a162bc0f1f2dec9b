import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { byteLengthOf } from '../tensor/dtype.js';
import { elementCount, Tensor } from '../tensor/tensor.js';

/**
 * Zeros for every input, free dimensions of length 1: enough to let a model run once where nothing better
 * is at hand. Throws `model` for an input that is no tensor of known rank.
 */
export function blankFeeds(model: Model): Map<string, Tensor> {
  return new Map(
    model.graph.requiredInputs.map(({ name, type }) => {
      if (type?.kind !== 'tensor' || type.dims === undefined) {
        throw new InferOptError('model', `input ${name} is no tensor of a known rank`);
      }
      const dims = type.dims.map((dim) => (typeof dim === 'number' ? dim : 1));
      const count = elementCount(dims);
      const tensor =
        type.dtype === 'string'
          ? Tensor.fromStrings(dims, new Array<string>(count).fill(''))
          : Tensor.fromBytes(type.dtype, dims, new Uint8Array(byteLengthOf(type.dtype, count)));
      return [name, tensor];
    }),
  );
}
