import { InferOptError } from '../errors.js';
import { isFloat } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';
import type { InputDescription } from './description.js';

/** (value * scale - mean) / std over an array that is no picture, as float32; the array itself where nothing is said. */
export function scaled(tensor: Tensor, { scale, mean, std, type }: InputDescription, where: string): Tensor {
  if (scale === undefined && mean === undefined && std === undefined) return tensor;
  const by = scale ?? 1;
  const minus = single(mean ?? 0, 'mean', where);
  const over = single(std ?? 1, 'std', where);
  if (over === 0) throw new InferOptError('usage', `${where}: std must not be zero`);
  const values = Float64Array.from(tensor.toNumbers(), (value) => (value * by - minus) / over);
  const dtype = type !== undefined && isFloat(type) ? type : isFloat(tensor.dtype) ? tensor.dtype : 'float32';
  return Tensor.fromNumbers(dtype, tensor.dims, values);
}

function single(value: number | readonly number[], field: string, where: string): number {
  const list = typeof value === 'number' ? [value] : value;
  if (list.length === 1) return list[0]!;
  throw new InferOptError(
    'usage',
    `${where}: ${field} has ${list.length} values, which needs "layout:" to say where the channels are`,
  );
}
