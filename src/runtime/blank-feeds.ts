import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { byteLengthOf, dtypeBits, isInteger } from '../tensor/dtype.js';
import { elementCount, Tensor } from '../tensor/tensor.js';

/**
 * Zeros for every input, ones for whole scalars (most are lengths and rates), free dimensions of length 1: enough
 * to let a model run once where nothing better is at hand. Throws `model` for an input that is no tensor of known rank.
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
          : dims.length === 0 && isInteger(type.dtype) && dtypeBits(type.dtype) >= 8
            ? Tensor.fromNumbers(type.dtype, dims, [1])
            : Tensor.fromBytes(type.dtype, dims, new Uint8Array(byteLengthOf(type.dtype, count)));
      return [name, tensor];
    }),
  );
}
