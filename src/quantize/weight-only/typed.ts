import { packBits } from '../../tensor/packing.js';
import { Tensor } from '../../tensor/tensor.js';
import type { BlockWeights } from './block-weights.js';

/** Integers with scales as blocked DequantizeLinear (opset 21) takes them. */
export interface TypedBlocks {
  readonly integers: Tensor;
  readonly scales: Tensor;
  /** Undefined where it is 0. */
  readonly zeroPoints: Tensor | undefined;
}

/**
 * Codes as tensors of the standard's types: int4 or int8 around 0 where they are symmetric, uint4 or uint8 with
 * zero points otherwise. As [rows, columns], or turned to [columns, rows].
 */
export function typedBlocks(weights: BlockWeights, turned: boolean): TypedBlocks {
  const { format, rows, columns, blocks, scales } = weights;
  const { bits, symmetric } = format;
  const zero = symmetric ? 2 ** (bits - 1) : 0;
  const dtype = `${symmetric ? 'int' : 'uint'}${bits}` as const;
  const tensorOf = (values: Uint8Array, width: number): Tensor => {
    const ordered = turned ? turn(values, rows, width) : values;
    const dims = turned ? [width, rows] : [rows, width];
    // The bytes of an int8 are those of the uint8 with the same lowest bits, and so it is with packed ones.
    const shifted = ordered.map((code) => code - zero);
    return Tensor.of(dtype, dims, bits === 8 ? shifted : packBits(shifted, bits));
  };
  return {
    integers: tensorOf(weights.codes, columns),
    scales: Tensor.float32(
      turned ? [blocks, rows] : [rows, blocks],
      turned ? turn(scales, rows, blocks) : scales,
    ),
    zeroPoints: symmetric ? undefined : tensorOf(weights.zeroPoints, blocks),
  };
}

/** [rows, columns] as [columns, rows]. */
export function turn<Values extends Uint8Array | Float32Array>(
  values: Values,
  rows: number,
  columns: number,
): Values {
  const result = values.slice() as Values;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = values[row * columns + column]!;
  return result;
}
