import { isFloat, type DType } from '../../tensor/dtype.js';
import { InferOptError } from '../../errors.js';
import type { TensorConfig } from './model-config.js';
import type { Message } from './text-format.js';

export interface WarmUpTensor {
  readonly config: TensorConfig;
  readonly dtype: DType;
  /** Lengths to use where `config.dims` are open, in the same order; as many as there are dims. */
  readonly lengths: readonly number[];
}

/**
 * Requests that Triton runs before it calls a model ready: one of a single sample, one of the largest batch.
 * Floats are random, everything else is zero, which is a valid token, index, mask and text.
 */
export function warmUps(
  inputs: readonly WarmUpTensor[],
  batches: readonly number[],
  count: number,
): Message[] {
  return [...new Set(batches)].map((batch) => ({
    name: `batch of ${batch}`,
    batch_size: batch,
    inputs: inputs.map(({ config, dtype, lengths }) => ({
      key: config.name,
      value: {
        data_type: config.data_type,
        dims: fixed(config, lengths),
        ...(isFloat(dtype) ? { random_data: true } : { zero_data: true }),
      },
    })),
    count,
  }));
}

function fixed({ name, dims }: TensorConfig, lengths: readonly number[]): number[] {
  return dims.map((dim, axis) => {
    const length = dim === -1 ? lengths[axis] : dim;
    if (length === undefined || length < 1)
      throw new InferOptError('internal', `no length for axis ${axis} of ${name} at warm-up`);
    return length;
  });
}
