import { fitBlock, type BlockFit } from './fit.js';

/** How weights are stored: codes of `bits`, a scale (and a zero point, unless symmetric) for every `block` along a row. */
export interface BlockFormat {
  readonly bits: 4 | 8;
  /** A power of two from 16 to 256. */
  readonly block: number;
  readonly symmetric: boolean;
  /** Whether scales may be below 0, which lets the side with the larger numbers have the code more. */
  readonly signedScales: boolean;
}

/** A matrix of which each row is cut into blocks; real = scale * (code - zero point). */
export interface BlockWeights {
  readonly format: BlockFormat;
  readonly rows: number;
  readonly columns: number;
  /** Blocks of a row; the last may be shorter. */
  readonly blocks: number;
  /** [rows, columns], from 0 to 2^bits - 1. */
  readonly codes: Uint8Array;
  /** [rows, blocks] */
  readonly scales: Float32Array;
  /** [rows, blocks]; half of the codes where it is symmetric. */
  readonly zeroPoints: Uint8Array;
}

/**
 * Cuts [rows, columns] float weights into blocks and fits each on its own. `importance`: what an error of each
 * column costs (the mean square of what it is multiplied with), all alike without.
 */
export function quantizeBlocks(
  weights: Float32Array,
  columns: number,
  format: BlockFormat,
  importance?: Float64Array,
): BlockWeights {
  const rows = columns === 0 ? 0 : weights.length / columns;
  const blocks = Math.ceil(columns / format.block);
  const result: BlockWeights = {
    format,
    rows,
    columns,
    blocks,
    codes: new Uint8Array(rows * columns),
    scales: new Float32Array(rows * blocks),
    zeroPoints: new Uint8Array(rows * blocks),
  };
  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const first = block * format.block;
      const last = Math.min(columns, first + format.block);
      const start = row * columns;
      const fit: BlockFit = fitBlock(
        weights.subarray(start + first, start + last),
        format,
        importance?.subarray(first, last),
        result.codes.subarray(start + first, start + last),
      );
      result.scales[row * blocks + block] = fit.scale;
      result.zeroPoints[row * blocks + block] = fit.zeroPoint;
    }
  }
  return result;
}

/** The float weights that the codes stand for, [rows, columns]. */
export function dequantizeBlocks({
  format,
  rows,
  columns,
  blocks,
  codes,
  scales,
  zeroPoints,
}: BlockWeights): Float32Array {
  const result = new Float32Array(rows * columns);
  for (let at = 0; at < result.length; at++) {
    const block = Math.floor(at / columns) * blocks + Math.floor((at % columns) / format.block);
    result[at] = scales[block]! * (codes[at]! - zeroPoints[block]!);
  }
  return result;
}
