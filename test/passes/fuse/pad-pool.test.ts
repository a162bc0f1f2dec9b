import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../../src/ir/value.js';
import { padPool } from '../../../src/passes/fuse/pad-pool.js';
import {
  buildModel,
  f32,
  i64,
  only,
  operators,
  type GraphBuilder,
  type Setting,
} from '../../support/build.js';
import { check } from '../../support/passes.js';

function model(
  pool: string,
  settings: Record<string, Setting>,
  { pads = [1, 1, 1, 1], fill = 0, front = 'Neg' }: { pads?: number[]; fill?: number; front?: string } = {},
): ReturnType<typeof buildModel> {
  return buildModel(13, (g: GraphBuilder) => {
    const x = g.node(front, [g.input('x', 'float32[1,2,7,8]')]);
    const amount = g.constant('pads', i64(0, 0, pads[0]!, pads[1]!, 0, 0, pads[2]!, pads[3]!));
    const padded: Value = g.node('Pad', [x, amount, g.constant('fill', f32([], [fill]))]);
    g.output(g.node(pool, [padded], settings, { name: 'pool' }), 'y', 'float32');
  });
}

describe('pad-pool', () => {
  it('either gives the same as before, bit by bit, or stays away', async () => {
    const amount = fc.integer({ min: 0, max: 2 });
    let fused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          pool: fc.constantFrom('AveragePool', 'MaxPool'),
          pads: fc.tuple(amount, amount, amount, amount).map((list) => [...list]),
          own: fc.constantFrom([0, 0, 0, 0], [1, 0, 0, 1], [1, 1, 1, 1]),
          count: fc.constantFrom(0, 1),
          ceil: fc.constantFrom(0, 1),
          strides: fc.constantFrom([1, 1], [2, 2], [2, 1]),
          front: fc.constantFrom('Neg', 'Relu', 'Sigmoid'),
          fill: fc.constantFrom(0, -1, -Infinity),
        }),
        async ({ pool, pads, own, count, ceil, strides, front, fill }) => {
          const settings = {
            kernel_shape: [3, 3],
            pads: own,
            strides,
            ceil_mode: ceil,
            ...(pool === 'AveragePool' ? { count_include_pad: count } : {}),
          };
          const built = model(pool, settings, { pads, fill, front });
          fused += (await check(built, padPool, { tolerance: pool === 'MaxPool' ? 0 : 1e-6 })).changes;
        },
      ),
      { numRuns: 120, seed: 5 },
    );
    expect(fused).toBeGreaterThan(10);
  });

  it('has AveragePool count the zeros from then on', async () => {
    const built = model('AveragePool', { kernel_shape: [3, 3] });
    await check(built, padPool, { tolerance: 1e-6 });
    expect(operators(built)).toEqual(['Neg', 'AveragePool']);
    expect(only(built, 'AveragePool').int('count_include_pad')).toBe(1);
    expect(only(built, 'AveragePool').ints('pads')).toEqual([1, 1, 1, 1]);
  });

  it('takes zeros into MaxPool where the input cannot be below, and the lowest number always', async () => {
    const kernel = { kernel_shape: [3, 3] };
    for (const front of ['Relu', 'Sigmoid', 'Abs']) {
      const built = model('MaxPool', kernel, { front });
      await check(built, padPool);
      expect(operators(built)).toEqual([front, 'MaxPool']);
    }
    expect((await check(model('MaxPool', kernel, { fill: -Infinity }), padPool)).changes).toBe(1);
  });

  it.each<[string, string, Record<string, Setting>, Parameters<typeof model>[2], RegExp]>([
    [
      'MaxPool of numbers below zero',
      'MaxPool',
      { kernel_shape: [3, 3] },
      {},
      /fills in 0, and its input may be below/,
    ],
    [
      'AveragePool of another number',
      'AveragePool',
      { kernel_shape: [3, 3] },
      { fill: 1 },
      /fills in 1, an AveragePool only zero/,
    ],
    [
      'own padding that does not count',
      'AveragePool',
      { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
      {},
      /leaves its own padding out/,
    ],
    [
      'sizes that are rounded up',
      'AveragePool',
      { kernel_shape: [3, 3], ceil_mode: 1 },
      {},
      /rounds its size up/,
    ],
    [
      'windows with gaps',
      'MaxPool',
      { kernel_shape: [3, 3], dilations: [2, 2] },
      { front: 'Relu' },
      /have gaps/,
    ],
    [
      'windows of padding only',
      'MaxPool',
      { kernel_shape: [2, 2] },
      { front: 'Relu', pads: [2, 0, 0, 0] },
      /padding only/,
    ],
  ])('says why it leaves %s', async (_, pool, settings, more, why) => {
    const report = await check(model(pool, settings, more), padPool);
    expect(report.passes[0]!.skipped).toEqual([{ at: 'pool', why: expect.stringMatching(why) as string }]);
  });
});
