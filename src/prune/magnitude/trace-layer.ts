import type { Gram } from '../../calibrate/gram.js';
import type { Layer } from '../layer.js';
import { invertFactored } from '../linear/cholesky.js';
import { damped } from '../linear/damped.js';
import { traceMemory, traceRow } from '../linear/surgeon.js';
import { dampingShare } from '../repair/refit.js';
import type { Pattern } from '../sparsity.js';
import { groupsOfColumns } from './pattern.js';

/** Inverting more columns at once takes too long: what lies further apart is taken as unrelated. */
const mostColumns = 1152;

/** Multiplications that the traces of one layer may take. */
const budget = 2e10;

/**
 * What the loss of each weight adds to the layer's squared output error an observation, each row's weights
 * leaving in the best order; with a pattern, only those that leave have a finite score. Where full traces would
 * take too long, a row is traced in blocks of columns: within a block exactly, as if only that block lost
 * weights and all other columns made up for it.
 */
export function traceLayer(
  layer: Layer,
  weights: Float64Array,
  grams: readonly Gram[],
  pattern?: Pattern,
): Float64Array {
  const scores = new Float64Array(weights.length).fill(Infinity);
  const { rows, inputs, taps } = layer;
  const unit = taps * (pattern?.of ?? 1);
  const wide = widthWithin(inputs, unit, mostColumns);
  const affordable = Math.sqrt((6 * budget) / (layer.groups * rows * inputs));
  const width = widthWithin(wide, unit, Math.max(unit, affordable));
  const groups = pattern === undefined ? undefined : groupsOfColumns(layer, pattern);
  const memory = traceMemory(width);
  for (const [group, gram] of grams.entries()) {
    for (let outer = 0; outer < inputs; outer += wide) {
      const size = Math.min(wide, inputs - outer);
      const square = block(gram.square, inputs, outer, size);
      const inverse = invertFactored(damped(square, size, gram.count, dampingShare).factor, size);
      for (let inner = 0; inner < size; inner += width) {
        const length = Math.min(width, size - inner);
        const part = block(inverse, size, inner, length);
        const columns = outer + inner;
        const of = groups?.subarray(columns, columns + length).map((one) => one - groups[columns]!);
        for (let row = 0; row < rows; row++) {
          const at = (group * rows + row) * inputs + columns;
          const limits = of === undefined ? {} : { groups: { of, removable: pattern!.of - pattern!.kept } };
          const { order, cost } = traceRow(weights.subarray(at, at + length), part, length, memory, limits);
          order.forEach((column, step) => {
            scores[at + column] = cost[step]! / gram.count;
          });
        }
      }
    }
  }
  return scores;
}

/** The widest blocks of whole units that are at most `most` wide; one unit at least. */
function widthWithin(total: number, unit: number, most: number): number {
  if (total <= most) return total;
  return Math.max(unit, Math.floor(most / unit) * unit);
}

function block(matrix: Float64Array, n: number, start: number, size: number): Float64Array {
  if (size === n) return matrix;
  const part = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    const at = (start + row) * n + start;
    part.set(matrix.subarray(at, at + size), row * size);
  }
  return part;
}
