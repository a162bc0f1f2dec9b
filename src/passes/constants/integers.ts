import { Tensor } from '../../tensor/tensor.js';

/** The elements of an integer or bool tensor as numbers, where every one of them is exact; much faster than as bigint. */
export function safeIntegersOf(tensor: Tensor): ArrayLike<number> | undefined {
  if (tensor.dtype === 'int32') return tensor.values() as Int32Array;
  if (tensor.dtype === 'bool') return tensor.values() as Uint8Array;
  if (tensor.dtype !== 'int64') return undefined;
  const { buffer, byteOffset } = tensor.values();
  const halves = new Int32Array(buffer, byteOffset, 2 * tensor.size);
  const numbers = new Float64Array(tensor.size);
  for (let index = 0; index < numbers.length; index++) {
    const number = halves[2 * index + 1]! * 2 ** 32 + (halves[2 * index]! >>> 0);
    if (!Number.isSafeInteger(number)) return undefined;
    numbers[index] = number;
  }
  return numbers;
}

/** A tensor of whole numbers, each of which float64 and the type hold exactly. */
export function integerTensor(
  dtype: 'int64' | 'int32',
  dims: readonly number[],
  numbers: ArrayLike<number>,
): Tensor {
  if (dtype === 'int32') return Tensor.of('int32', dims, Int32Array.from(numbers));
  const halves = new Int32Array(2 * numbers.length);
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index]!;
    halves[2 * index] = number;
    halves[2 * index + 1] = Math.floor(number / 2 ** 32);
  }
  return Tensor.of('int64', dims, halves);
}

export function fitsInt32(numbers: ArrayLike<number>): boolean {
  for (let index = 0; index < numbers.length; index++) {
    if (numbers[index] !== (numbers[index]! | 0)) return false;
  }
  return true;
}
