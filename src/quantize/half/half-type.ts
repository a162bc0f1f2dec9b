import { goesBeyond } from '../../tensor/sixteen-bit.js';
import { Tensor } from '../../tensor/tensor.js';

export type HalfType = 'float16' | 'bfloat16';

/** What float16 can hold (IEEE 754 binary16). */
export const float16 = {
  largest: 65_504,
  /** Below it digits are lost one by one. */
  smallestNormal: 2 ** -14,
  /** Integers beyond it are no longer all there: adding 1 to it changes nothing. */
  countable: 2_048,
} as const;

/** The largest finite numbers of the formats. */
const largest = { float16: float16.largest, bfloat16: 3.3895313892515355e38 } as const;

/** The elements in 16 bits, rounded to nearest even; undefined when a finite one would become infinite. */
export function toHalf(tensor: Tensor, dtype: HalfType): Tensor | undefined {
  const values = tensor.toFloat32();
  return goesBeyond(values, largest[dtype]) ? undefined : Tensor.fromNumbers(dtype, tensor.dims, values);
}

/** Half of the smallest numbers above 0 that the formats hold: up to there a number is rounded to 0. */
const roundedToZero = { float16: 2 ** -25, bfloat16: 2 ** -134 } as const;

/** Whether some elements are not 0, and all of them would be in 16 bits. */
export function vanishes(tensor: Tensor, dtype: HalfType): boolean {
  let some = false;
  for (const value of tensor.toFloat32()) {
    if (!(Math.abs(value) <= roundedToZero[dtype])) return false;
    some ||= value !== 0;
  }
  return some;
}
