import type { HistogramPoint } from '../float-histogram.js';
import { fitRange, type Grid, type RangeMethod } from '../range-method.js';

/**
 * The threshold at which the distribution loses least information, measured by the Kullback-Leibler
 * divergence between the clipped histogram and its quantized form (S. Migacz, "8-bit Inference with
 * TensorRT", GTC 2017). Bins are uniform over the magnitudes; 2,048 of them, since with as many bins as
 * levels there would be nothing to choose from.
 */
const bins = 2048;

export const entropy: RangeMethod = {
  name: 'entropy',
  summary: 'The clipping that loses least information (Kullback-Leibler divergence)',
  choose(histogram, grid) {
    const full = fitRange(histogram.min, histogram.max, grid);
    const bound = Math.max(-full.low, full.high);
    if (bound === 0) return full;
    const magnitudes = spread(histogram.points(), bound);
    const levels = levelsPerSide(grid, full.low < 0 && full.high > 0);
    let chosen = bins;
    let least = Infinity;
    // The whole range first: nothing is clipped unless that is better. Then every eighth threshold, down to as
    // many bins as levels: the divergence is smooth at that scale.
    for (let end = bins; end >= levels; end -= 8) {
      const divergence = divergenceAt(magnitudes, end, levels);
      if (divergence < least) {
        least = divergence;
        chosen = end;
      }
    }
    const threshold = (chosen / bins) * bound;
    return fitRange(Math.max(full.low, -threshold), Math.min(full.high, threshold), grid);
  },
};

/** How many integers the magnitudes of one sign get. */
function levelsPerSide(grid: Grid, twoSided: boolean): number {
  return grid.symmetric || twoSided ? Math.ceil(grid.steps / 2) : grid.steps;
}

/**
 * Counts by magnitude in uniform bins; a bucket wider than a bin is shared out evenly. Zeros are left out:
 * every grid holds them exactly, and behind a Relu they would outweigh all else.
 */
function spread(points: readonly HistogramPoint[], bound: number): Float64Array {
  const counts = new Float64Array(bins);
  const width = bound / bins;
  for (const point of points) {
    if (point.value === 0) continue;
    const middle = Math.abs(point.value);
    const first = binOf(middle - point.width / 2);
    const last = binOf(middle + point.width / 2);
    for (let bin = first; bin <= last; bin++) counts[bin] = counts[bin]! + point.count / (last - first + 1);
  }
  return counts;

  function binOf(magnitude: number): number {
    return Math.min(Math.max(Math.floor(magnitude / width), 0), bins - 1);
  }
}

function divergenceAt(counts: Float64Array, end: number, levels: number): number {
  let outliers = 0;
  for (let bin = end; bin < bins; bin++) outliers += counts[bin]!;
  const candidate = quantized(counts, end, levels);
  let total = outliers;
  let candidateTotal = 0;
  for (let bin = 0; bin < end; bin++) {
    total += counts[bin]!;
    candidateTotal += candidate[bin]!;
  }
  if (candidateTotal === 0) return Infinity;
  let divergence = 0;
  for (let bin = 0; bin < end; bin++) {
    const reference = (counts[bin]! + (bin === end - 1 ? outliers : 0)) / total;
    if (reference === 0) continue;
    // Where the clipped tail landed on an empty bin the candidate has nothing: a small mass keeps it finite.
    const approximation = Math.max(candidate[bin]! / candidateTotal, 1e-10);
    divergence += reference * Math.log(reference / approximation);
  }
  return divergence;
}

/** The first `end` bins put onto `levels` levels and spread back over the bins that were not empty. */
function quantized(counts: Float64Array, end: number, levels: number): Float64Array {
  const result = new Float64Array(end);
  const perLevel = end / levels;
  for (let level = 0; level < levels; level++) {
    const start = Math.floor(level * perLevel);
    const stop = level === levels - 1 ? end : Math.floor((level + 1) * perLevel);
    let sum = 0;
    let filled = 0;
    for (let bin = start; bin < stop; bin++) {
      sum += counts[bin]!;
      if (counts[bin]! > 0) filled += 1;
    }
    if (filled === 0) continue;
    for (let bin = start; bin < stop; bin++) if (counts[bin]! > 0) result[bin] = sum / filled;
  }
  return result;
}
