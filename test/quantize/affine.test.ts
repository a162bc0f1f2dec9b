import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affineOf, coveredRange, quantize, roundHalfEven, type Affine } from '../../src/quantize/affine.js';
import { seededRandom } from '../../src/tensor/random.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, f32 } from '../support/build.js';
import { outputsOf } from '../support/passes.js';

/** What the runtime's own QuantizeLinear makes of the values. */
async function runtimeQuantize(values: Float32Array, { dtype, scale, zeroPoint }: Affine): Promise<number[]> {
  const model = buildModel(17, (g) => {
    const x = g.input('x', 'float32[n]');
    const parameters = [
      g.constant('s', f32([], [scale])),
      g.constant('z', Tensor.fromNumbers(dtype, [], [zeroPoint])),
    ];
    g.output(g.node('QuantizeLinear', [x, ...parameters]), 'y', `${dtype}[n]`);
  });
  const outputs = await outputsOf(model, new Map([['x', f32([values.length], [...values])]]));
  return Array.from(outputs.get('y')!.toNumbers());
}

describe('roundHalfEven', () => {
  it('is the nearest integer, of two the even one', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.double({ min: -1e6, max: 1e6, noNaN: true }),
          fc.integer({ min: -1000, max: 1000 }).map((n) => n / 2),
        ),
        (value) => {
          const rounded = roundHalfEven(value);
          expect(Number.isInteger(rounded)).toBe(true);
          const distance = Math.abs(value - rounded);
          expect(distance).toBeLessThanOrEqual(0.5);
          if (distance === 0.5) expect(Math.abs(rounded % 2)).toBe(0);
        },
      ),
    );
  });

  it.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [-0.5, 0],
    [-1.5, -2],
    [-2.5, -2],
    [0.49999999999999994, 0],
    [2 ** 53, 2 ** 53],
  ])('of %d is %d', (value, expected) => {
    expect(roundHalfEven(value) + 0).toBe(expected);
  });
});

describe('affineOf', () => {
  it.each([
    [{ low: 0, high: 255 }, 'uint8', 1, 0],
    // Half way between two integers, but for the rounding of the scale.
    [{ low: -1, high: 1 }, 'uint8', 2 / 255, 127],
    [{ low: -1, high: 0 }, 'uint8', 1 / 255, 255],
    [{ low: -1, high: 3 }, 'int8', 4 / 255, -64],
    [{ low: 0, high: 0 }, 'uint8', 1, 0],
    [{ low: 0, high: 1e-45 }, 'uint8', 1, 0],
  ] as const)('of %j in %s', (range, dtype, scale, zeroPoint) => {
    expect(affineOf(range, dtype)).toEqual({ dtype, scale: Math.fround(scale), zeroPoint });
  });

  it('says 0 exactly and reaches both ends to within half a step', () => {
    const end = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(end, end, fc.constantFrom('uint8' as const, 'int8' as const), (a, b, dtype) => {
        // Signed integers of a symmetric range follow a rule of their own: see below.
        fc.pre(dtype === 'uint8' || a !== b);
        const affine = affineOf({ low: -a, high: b }, dtype);
        const covered = coveredRange(affine);
        const reach = affine.scale * 0.5001;
        expect(Math.abs(covered.low + a)).toBeLessThanOrEqual(reach);
        expect(Math.abs(covered.high - b)).toBeLessThanOrEqual(reach);
        expect(Number.isInteger(affine.zeroPoint)).toBe(true);
      }),
    );
  });
});

describe('affineOf a range that is symmetric around 0, in int8', () => {
  it('has zero point 0 and meets both ends with -127 and 127', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (end) => {
        const { scale, zeroPoint } = affineOf({ low: -end, high: end }, 'int8');
        expect(zeroPoint).toBe(0);
        expect(Math.abs(127 * scale - end)).toBeLessThanOrEqual(end * 2 ** -23);
      }),
    );
  });
});

describe('quantize', () => {
  it.each([
    { dtype: 'uint8', scale: 0.037, zeroPoint: 93 },
    { dtype: 'int8', scale: 0.25, zeroPoint: -7 },
    { dtype: 'uint8', scale: 0.5, zeroPoint: 0 },
    { dtype: 'int8', scale: 3e-5, zeroPoint: 127 },
  ] as const)('is what the runtime does: $dtype, scale $scale, zero point $zeroPoint', async (affine) => {
    const exact = { ...affine, scale: Math.fround(affine.scale) };
    const random = seededRandom(5);
    // Anywhere in and around the range, and on every tie.
    const values = Float32Array.from({ length: 6000 }, (_, i) =>
      i < 4000 ? exact.scale * (600 * random() - 300) : exact.scale * (i - 5000 + 0.5),
    );
    expect(Array.from(quantize(values, exact))).toEqual(await runtimeQuantize(values, exact));
  });
});
