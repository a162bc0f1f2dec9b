import { describe, expect, it } from 'vitest';
import {
  dequantizeBlocks,
  quantizeBlocks,
  type BlockFormat,
} from '../../../src/quantize/weight-only/block-weights.js';
import { normal, seededRandom } from '../../../src/tensor/random.js';
import { randomTensor } from '../../support/build.js';

const format = (settings: Partial<BlockFormat> = {}): BlockFormat => ({
  bits: 4,
  block: 32,
  symmetric: true,
  signedScales: true,
  ...settings,
});

/** Scale from the largest number, each weight to its nearest integer: what everyone does, in float64. */
function plainError(weights: Float32Array, columns: number, block: number, bits: number): number {
  let sum = 0;
  for (let start = 0; start < weights.length; start += columns) {
    for (let first = 0; first < columns; first += block) {
      const part = weights.subarray(start + first, start + Math.min(columns, first + block));
      const scale = Math.max(...part.map(Math.abs)) / (2 ** (bits - 1) - 1);
      for (const weight of part) sum += (Math.round(weight / scale) * scale - weight) ** 2;
    }
  }
  return sum;
}

function errorOf(
  weights: Float32Array,
  columns: number,
  settings: BlockFormat,
  importance?: Float64Array,
): number {
  const real = dequantizeBlocks(quantizeBlocks(weights, columns, settings, importance));
  return weights.reduce(
    (sum, weight, at) => sum + (importance?.[at % columns] ?? 1) * (weight - real[at]!) ** 2,
    0,
  );
}

describe('quantizeBlocks', () => {
  const weights = randomTensor([20, 100], 3).toFloat32();

  it.each([16, 32, 64, 128])('at 4 bits leaves less than plain rounding, in blocks of %i', (block) => {
    const plain = plainError(weights, 100, block, 4);
    expect(errorOf(weights, 100, format({ block, signedScales: false }))).toBeLessThan(0.98 * plain);
    expect(errorOf(weights, 100, format({ block }))).toBeLessThan(0.9 * plain);
  });

  it('at 8 bits is plain rounding', () => {
    const found = errorOf(weights, 100, format({ bits: 8 }));
    expect(found / plainError(weights, 100, 32, 8)).toBeCloseTo(1, 2);
  });

  it('gains by zero points where weights lie on one side', () => {
    const skewed = weights.map((weight) => Math.abs(weight));
    const [symmetric, free] = [true, false].map((one) => errorOf(skewed, 100, format({ symmetric: one })));
    expect(free!).toBeLessThan(0.6 * symmetric!);
  });

  it('finds a scale that no other one beats by much', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed);
      const block = Float32Array.from({ length: 32 }, () => normal(random));
      const found = errorOf(block, 32, format());
      let least = Infinity;
      for (let step = 1; step < 4000; step++) {
        for (const scale of [step / 4000, -step / 4000]) {
          let sum = 0;
          for (const weight of block) {
            const integer = Math.min(7, Math.max(-8, Math.round(weight / scale)));
            sum += (integer * scale - weight) ** 2;
          }
          least = Math.min(least, sum);
        }
      }
      expect(found).toBeLessThan(1.25 * least);
    }
  });

  it('spends its codes where errors cost most', () => {
    const importance = Float64Array.from({ length: 100 }, (_, column) => (column % 8 === 0 ? 100 : 1));
    const real = dequantizeBlocks(quantizeBlocks(weights, 100, format()));
    const unaware = weights.reduce(
      (sum, weight, at) => sum + importance[at % 100]! * (weight - real[at]!) ** 2,
      0,
    );
    expect(errorOf(weights, 100, format(), importance)).toBeLessThan(unaware);
  });

  it.each([true, false])('keeps zeros and the smallest numbers (symmetric: %s)', (symmetric) => {
    const zeros = quantizeBlocks(new Float32Array(64), 64, format({ symmetric }));
    expect(Array.from(dequantizeBlocks(zeros))).toEqual(new Array(64).fill(0));
    const tiny = Float32Array.from({ length: 32 }, (_, at) => (at - 16) * 1e-38);
    expect(Array.from(quantizeBlocks(tiny, 32, format({ symmetric })).scales).every(Number.isFinite)).toBe(
      true,
    );
  });
});
