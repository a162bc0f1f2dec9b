import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { biasScales, leastWeightScales, quantizeBias } from '../../src/quantize/bias.js';
import { quantizeWeights } from '../../src/quantize/weights.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { buildModel, f32, randomTensor } from '../support/build.js';
import { outputsOf } from '../support/passes.js';

const dims = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });

describe('quantizeWeights', () => {
  it('comes back to within half a step of its channel, whatever the axis', () => {
    fc.assert(
      fc.property(dims, fc.nat(3), fc.constantFrom(64, 127), fc.integer(), (shape, at, bound, seed) => {
        const axis = at % shape.length;
        const weights = randomTensor(shape, seed);
        const { values, scale } = quantizeWeights(weights, axis, bound);
        expect([values.dtype, values.dims, scale.dims]).toEqual(['int8', shape, [shape[axis]]]);
        const [w, q, s] = [weights.toFloat32(), values.toNumbers(), scale.toFloat32()];
        const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
        const largest = new Float64Array(shape[axis]!);
        for (let i = 0; i < w.length; i++) {
          const channel = Math.floor(i / inner) % shape[axis]!;
          expect(Math.abs(q[i]! * s[channel]! - w[i]!)).toBeLessThanOrEqual(s[channel]! * 0.500001);
          expect(Math.abs(q[i]!)).toBeLessThanOrEqual(bound);
          largest[channel] = Math.max(largest[channel]!, Math.abs(w[i]!));
        }
        largest.forEach((value, channel) => {
          expect(s[channel]).toBe(Math.fround(value / bound));
        });
      }),
      { numRuns: 50 },
    );
  });

  it.each([0, 1, 2, undefined])('along axis %s is what DequantizeLinear reads', async (axis) => {
    const weights = randomTensor([3, 4, 5], 2);
    const { values, scale } = quantizeWeights(weights, axis, 127);
    const model = buildModel(17, (g) => {
      const real = g.node('DequantizeLinear', [g.input('q', 'int8[3,4,5]'), g.constant('s', scale)], {
        axis: axis ?? 0,
      });
      g.output(real, 'y', 'float32[3,4,5]');
    });
    const found = (await outputsOf(model, new Map([['q', values]]))).get('y')!.toFloat32();
    const step = Math.max(...scale.toFloat32());
    expect(
      Math.max(...weights.toFloat32().map((value, i) => Math.abs(value - found[i]!))),
    ).toBeLessThanOrEqual(step * 0.5001);
  });

  it('gives zeros, and what is too small for a float32 scale, scale 1', () => {
    const weights = f32([3, 2], [0, 0, 1e-42, -1e-43, 1, 0.5]);
    const { values, scale } = quantizeWeights(weights, 0, 127);
    expect(Array.from(scale.toFloat32())).toEqual([1, 1, Math.fround(1 / 127)]);
    expect(Array.from(values.toNumbers())).toEqual([0, 0, 0, 0, 127, 64]);
  });

  it('raises scales to the least that a bias needs', () => {
    const { values, scale } = quantizeWeights(f32([3, 1], [1, 1e-6, 0]), 0, 127, [1e-4, 1e-4, 1e-4]);
    expect(Array.from(scale.toFloat32())).toEqual([1 / 127, 1e-4, 1e-4].map(Math.fround));
    expect(Array.from(values.toNumbers())).toEqual([127, 0, 0]);
  });

  it('takes a scalar and an empty tensor', () => {
    expect(Array.from(quantizeWeights(f32([], [-2]), undefined, 127).values.toNumbers())).toEqual([-127]);
    expect(quantizeWeights(f32([0, 4], []), 1, 127).scale.dims).toEqual([4]);
  });
});

describe('bias', () => {
  it('has scales that are the float32 product', () => {
    const weightScales = Float32Array.from([0.1, 1 / 3, 7e-9]);
    const input = 0.0123;
    const product = new Float32Array(3);
    const single = new Float32Array([input]);
    weightScales.forEach((scale, i) => {
      product[i] = single[0]! * scale;
    });
    expect(biasScales(input, weightScales)).toEqual(product);
  });

  it('is rounded to whole steps, with one scale or one for each', () => {
    const bias = Float32Array.from([1, -0.25, 0.125]);
    expect(Array.from(quantizeBias(bias, Float32Array.from([0.25])).toNumbers())).toEqual([4, -1, 0]);
    expect(Array.from(quantizeBias(bias, Float32Array.from([0.5, 0.25, 0.0625])).toNumbers())).toEqual([
      2, -1, 2,
    ]);
  });

  it('never saturates with the least weight scales, and keeps all digits of a float32', () => {
    const values = fc.array(fc.float({ noNaN: true, min: Math.fround(-1e6), max: Math.fround(1e6) }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        values,
        fc.double({ min: 1e-5, max: 100, noNaN: true }),
        fc.integer(),
        (list, inputScale, seed) => {
          const bias = Float32Array.from(list);
          const scale = Math.fround(inputScale);
          const weights = Tensor.float32(
            [list.length, 3],
            randomTensor([list.length, 3], seed, 1e-6).toFloat32(),
          );
          const quantized = quantizeWeights(weights, 0, 127, leastWeightScales(bias, scale));
          const scales = biasScales(scale, quantized.scale.toFloat32());
          const integers = quantizeBias(bias, scales).toNumbers();
          bias.forEach((value, channel) => {
            expect(Math.abs(integers[channel]!)).toBeLessThanOrEqual(2 ** 30 + 2 ** 8);
            expect(Math.abs(integers[channel]! * scales[channel]! - value)).toBeLessThanOrEqual(
              scales[channel]! * 0.5001,
            );
          });
        },
      ),
    );
  });
});
