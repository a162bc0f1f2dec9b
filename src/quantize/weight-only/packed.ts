import { packBits } from '../../tensor/packing.js';
import { Tensor } from '../../tensor/tensor.js';
import type { BlockWeights } from './block-weights.js';

/**
 * The constants of com.microsoft.MatMulNBits: codes as uint8 [rows, blocks, block * bits / 8], the first code
 * in the lowest bits; scales [rows * blocks]; zero points packed for each row, left out where they are the
 * operator's own (half of the codes).
 */
export function packedBlocks(weights: BlockWeights): {
  codes: Tensor;
  scales: Tensor;
  zeroPoints: Tensor | undefined;
} {
  const { format, rows, columns, blocks, codes, scales, zeroPoints } = weights;
  const { bits, block, symmetric } = format;
  const padded = new Uint8Array(rows * blocks * block);
  for (let row = 0; row < rows; row++) {
    const start = row * blocks * block;
    padded.set(codes.subarray(row * columns, (row + 1) * columns), start);
    // What fills up the last block stands for 0.
    padded.fill(zeroPoints[(row + 1) * blocks - 1]!, start + columns, start + blocks * block);
  }
  return {
    codes: Tensor.of('uint8', [rows, blocks, (block * bits) / 8], packed(padded, bits)),
    scales: Tensor.float32([rows * blocks], scales),
    zeroPoints: symmetric ? undefined : packedRows(zeroPoints, rows, blocks, bits),
  };
}

/** Each row begins with a byte of its own. */
function packedRows(values: Uint8Array, rows: number, columns: number, bits: 4 | 8): Tensor {
  const bytes = Math.ceil((columns * bits) / 8);
  const result = new Uint8Array(rows * bytes);
  for (let row = 0; row < rows; row++)
    result.set(packed(values.subarray(row * columns, (row + 1) * columns), bits), row * bytes);
  return Tensor.of('uint8', [rows * bytes], result);
}

function packed(values: Uint8Array, bits: 4 | 8): Uint8Array {
  return bits === 8 ? values : packBits(values, bits);
}
