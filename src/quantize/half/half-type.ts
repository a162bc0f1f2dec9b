import { Tensor } from '../../tensor/tensor.js';

export type HalfType = 'float16' | 'bfloat16';

/** The largest finite numbers of the formats. */
const largest = { float16: 65_504, bfloat16: 3.3895313892515355e38 } as const;

/** The elements in 16 bits, rounded to nearest even; undefined when a finite one would become infinite. */
export function toHalf(tensor: Tensor, dtype: HalfType): Tensor | undefined {
  const values = tensor.toFloat32();
  const limit = largest[dtype];
  for (const value of values) if (Math.abs(value) > limit && Number.isFinite(value)) return undefined;
  return Tensor.fromNumbers(dtype, tensor.dims, values);
}
