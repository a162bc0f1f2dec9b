import { basename } from 'node:path';
import { InferOptError } from '../../errors.js';
import { byteLengthOf } from '../../tensor/dtype.js';
import { elementCount, Tensor } from '../../tensor/tensor.js';
import type { OpenSource, SourceFile } from './source.js';

/** Reads one whole array; called once for each array that is used. */
export type ArrayReader = () => Promise<Tensor>;

/**
 * A source over whole arrays whose first axis counts samples. Arrays are decoded when first used and then kept;
 * a sample is a view of them. An array without axes (a sampling rate, say) is the same for every sample.
 */
export function arrayTable(
  name: string,
  readers: ReadonlyMap<string, ArrayReader>,
  files: readonly SourceFile[],
): OpenSource {
  const held = new Map<string, Promise<Tensor>>();
  const whole = (array: string): Promise<Tensor> => {
    const reader = readers.get(array);
    if (reader === undefined) {
      throw new InferOptError(
        'data',
        `${name} has no array "${array}" (it has: ${[...readers.keys()].join(', ')})`,
      );
    }
    let tensor = held.get(array);
    if (tensor === undefined) held.set(array, (tensor = reader()));
    return tensor;
  };
  return {
    name: basename(name),
    arrays: [...readers.keys()],
    pictures: false,
    files,
    paths: undefined,
    async count(arrays) {
      let first: { array: string; length: number } | undefined;
      for (const array of arrays) {
        const [length] = (await whole(array)).dims;
        if (length === undefined) continue;
        first ??= { array, length };
        if (first.length !== length) {
          throw new InferOptError(
            'data',
            `${name}: array "${first.array}" has ${first.length} samples and "${array}" has ${length}`,
          );
        }
      }
      return first?.length ?? 1;
    },
    id: (index) => String(index),
    async read(index, array) {
      const tensor = await whole(array);
      if (tensor.dims.length === 0) return tensor;
      const dims = tensor.dims.slice(1);
      const bytes = byteLengthOf(tensor.dtype, elementCount(dims));
      return Tensor.fromBytes(
        tensor.dtype,
        dims,
        tensor.bytes().subarray(index * bytes, (index + 1) * bytes),
      );
    },
  };
}
