import { Tensor } from '../tensor/tensor.js';
import type { Parameter } from './parameters.js';

/** A weight with this share of zeros was pruned on purpose. */
const leastZeros = 0.25;

/** For every weight that was pruned: ones where it has a number, zeros where it has none. By name. */
export function masksOf(parameters: readonly Parameter[]): Map<string, Tensor> {
  return new Map(
    parameters.flatMap(({ value }) => {
      const { constant } = value;
      if (constant.dims.length < 2) return [];
      const mask = Float32Array.from(constant.toNumbers(), (weight) => (weight === 0 ? 0 : 1));
      const zeros = mask.reduce((count, kept) => count + 1 - kept, 0);
      if (zeros < leastZeros * mask.length) return [];
      return [[value.name, Tensor.float32(constant.dims, mask)] as const];
    }),
  );
}
