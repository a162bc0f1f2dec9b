import { InferOptError } from '../errors.js';
import { isFloat, isInteger, type DType } from '../tensor/dtype.js';
import { elementCount, Tensor } from '../tensor/tensor.js';
import { integerRange } from './convert.js';

/**
 * Nested JSON arrays (or one value) as a tensor of the type that the model takes. Throws `data` for ragged
 * nesting, for a value of another kind, and for a number that the type cannot hold.
 */
export function tensorFromJson(value: unknown, dtype: DType, where: string): Tensor {
  const dims: number[] = [];
  for (let level = value; Array.isArray(level); level = (level as unknown[])[0]) dims.push(level.length);
  const leaves: unknown[] = [];
  collect(value, dims, 0, leaves, where);
  if (leaves.length !== elementCount(dims))
    throw new InferOptError('data', `${where}: nested arrays differ in length`);
  if (dtype === 'string')
    return Tensor.fromStrings(
      dims,
      leaves.map((leaf) => textOf(leaf, where)),
    );
  return Tensor.fromNumbers(
    dtype,
    dims,
    leaves.map((leaf) => numberOf(leaf, dtype, where)),
  );
}

function collect(
  value: unknown,
  dims: readonly number[],
  depth: number,
  leaves: unknown[],
  where: string,
): void {
  if (depth === dims.length) {
    leaves.push(value);
    return;
  }
  if (!Array.isArray(value) || value.length !== dims[depth]) {
    throw new InferOptError('data', `${where}: nested arrays differ in length`);
  }
  for (const part of value as unknown[]) collect(part, dims, depth + 1, leaves, where);
}

function textOf(leaf: unknown, where: string): string {
  if (typeof leaf === 'string') return leaf;
  throw new InferOptError('data', `${where}: ${JSON.stringify(leaf)} is no text`);
}

function numberOf(leaf: unknown, dtype: DType, where: string): number {
  const value = typeof leaf === 'boolean' ? Number(leaf) : leaf;
  if (typeof value !== 'number')
    throw new InferOptError('data', `${where}: ${JSON.stringify(leaf)} is no number`);
  const range = isInteger(dtype) ? integerRange(dtype) : undefined;
  const fits =
    range === undefined
      ? isFloat(dtype) || value === 0 || value === 1
      : Number.isSafeInteger(value) && value >= range.least && value <= range.most;
  if (!fits) throw new InferOptError('data', `${where}: ${value} does not fit ${dtype}`);
  return value;
}
