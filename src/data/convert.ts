import { InferOptError } from '../errors.js';
import { dtypeBits, dtypeKind, isInteger, type DType } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';

/** The smallest and the largest value of an integer type (rounded to doubles for 64 bits). */
export function integerRange(dtype: DType): { least: number; most: number } {
  const bits = dtypeBits(dtype);
  return dtypeKind(dtype) === 'signed'
    ? { least: -(2 ** (bits - 1)), most: 2 ** (bits - 1) - 1 }
    : { least: 0, most: 2 ** bits - 1 };
}

/**
 * The same values in another type, as a description asked for. Throws `data` where an integer type cannot hold
 * a value (out of range, or not whole); floats are rounded.
 */
export function converted(tensor: Tensor, dtype: DType, where: string): Tensor {
  if (tensor.dtype === dtype) return tensor;
  if (tensor.dtype === 'string' || dtype === 'string' || dtypeKind(dtype) === 'complex') {
    throw new InferOptError('data', `${where}: ${tensor.dtype} cannot become ${dtype}`);
  }
  const values = tensor.toNumbers();
  if (isInteger(dtype)) {
    const { least, most } = integerRange(dtype);
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isInteger(value) || value < least || value > most) {
        throw new InferOptError('data', `${where}: ${value} does not fit ${dtype}`);
      }
    }
  }
  return Tensor.fromNumbers(dtype, tensor.dims, values);
}
