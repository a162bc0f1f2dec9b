import { descendRow, type RowGrid } from '../rounding/descent.js';
import type { Moments } from '../rounding/moments.js';
import type { BlockWeights } from './block-weights.js';

/**
 * The same scales and zero points with codes that change the layer's output less, by the second moments of
 * its inputs.
 */
export function roundBlocks(weights: Float32Array, quantized: BlockWeights, moments: Moments): BlockWeights {
  const { format, rows, columns, blocks, scales, zeroPoints } = quantized;
  const codes = new Uint8Array(quantized.codes.length);
  const integers = new Int16Array(columns);
  const grid: RowGrid = {
    scales: new Float64Array(columns),
    lows: new Int16Array(columns),
    highs: new Int16Array(columns),
  };
  const largest = 2 ** format.bits - 1;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const block = row * blocks + Math.floor(column / format.block);
      grid.scales[column] = scales[block]!;
      grid.lows[column] = -zeroPoints[block]!;
      grid.highs[column] = largest - zeroPoints[block]!;
    }
    const start = row * columns;
    descendRow(weights.subarray(start, start + columns), moments.groups[0]!, grid, integers);
    for (let column = 0; column < columns; column++)
      codes[start + column] = integers[column]! - grid.lows[column]!;
  }
  return { ...quantized, codes };
}
