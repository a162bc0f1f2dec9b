import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/ir/attribute.js';
import type { Value } from '../../../src/ir/value.js';
import { mergeClips } from '../../../src/passes/fuse/merge-clips.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, only, operators, type GraphBuilder } from '../../support/build.js';
import { check } from '../../support/passes.js';

/** From far below every bound to far above. */
const ramp = new Map([
  [
    'x',
    f32(
      [41],
      Array.from({ length: 41 }, (_, i) => i / 2 - 10),
    ),
  ],
]);

type Step =
  | readonly ['Relu']
  | readonly ['Min' | 'Max', number]
  | readonly ['Clip', number | undefined, number | undefined];

function apply(g: GraphBuilder, opset: number, input: Value, [operator, first, second]: Step): Value {
  const constant = (limit: number | undefined): Value | undefined =>
    limit === undefined ? undefined : g.constant(g.graph.names.fresh('limit'), f32([], [limit]));
  if (operator === 'Relu') return g.node('Relu', [input]);
  if (operator !== 'Clip') return g.node(operator, [input, constant(first)]);
  if (opset >= 11) return g.node('Clip', [input, constant(first), constant(second)]);
  return g.node('Clip', [input], {
    ...(first === undefined ? {} : { min: attribute.float(first) }),
    ...(second === undefined ? {} : { max: attribute.float(second) }),
  });
}

async function merged(opset: number, steps: readonly Step[]): Promise<ReturnType<typeof buildModel>> {
  const model = buildModel(opset, (g) => {
    let value = g.input('x', 'float32[41]');
    for (const step of steps) value = apply(g, opset, value, step);
    g.output(value, 'y', 'float32[41]');
  });
  await check(model, mergeClips, { feeds: ramp });
  return model;
}

const limit = fc.integer({ min: -8, max: 8 });
const step = fc.oneof(
  fc.constant(['Relu'] as const),
  fc.tuple(fc.constantFrom('Min' as const, 'Max' as const), limit),
  fc.tuple(
    fc.constant('Clip' as const),
    fc.option(limit, { nil: undefined }),
    fc.option(limit, { nil: undefined }),
  ),
);

describe('merge-clips', () => {
  it.each([10, 13])('makes one node of any chain, with the same result (opset %i)', async (opset) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 5 }), async (steps) => {
        // The runtime's Clip with attributes refuses bounds that cross.
        fc.pre(
          opset >= 11 ||
            steps.every(([, low, high]) => !(low !== undefined && high !== undefined && low > high)),
        );
        expect(operators(await merged(opset, steps))).toHaveLength(1);
      }),
      { numRuns: 40, seed: 11 },
    );
  });

  it('sees a ReLU6 as exporters write it', async () => {
    const model = await merged(13, [['Relu'], ['Min', 6], ['Relu']]);
    expect(
      only(model, 'Clip')
        .inputs.slice(1)
        .map((value) => value!.constant!.toNumbers()[0]),
    ).toEqual([0, 6]);
    const old = await merged(9, [['Relu'], ['Min', 6]]);
    expect([only(old, 'Clip').float('min'), only(old, 'Clip').float('max')]).toEqual([0, 6]);
  });

  it('takes a Relu where nothing else is left', async () => {
    expect(operators(await merged(13, [['Max', -1], ['Relu']]))).toEqual(['Relu']);
    expect(
      operators(
        await merged(13, [
          ['Max', 0],
          ['Clip', -3, undefined],
        ]),
      ),
    ).toEqual(['Relu']);
  });

  it('takes the same number written for every channel, but not where it widens the result', async () => {
    const six = (dims: number[]): Tensor =>
      f32(dims, new Array<number>(dims.reduce((a, b) => a * b, 1)).fill(6));
    for (const [input, dims, left] of [
      ['float32[n,3,2]', [1, 3, 1], ['Clip']],
      ['float32[1,3,2]', [2, 3, 1], ['Relu', 'Min']],
      ['float32[3,2]', [1, 3, 2], ['Relu', 'Min']],
    ] as const) {
      const model = buildModel(13, (g) => {
        g.output(
          g.node('Min', [g.constant('six', six([...dims])), g.node('Relu', [g.input('x', input)])]),
          'y',
          'float32',
        );
      });
      await check(model, mergeClips);
      expect(operators(model)).toEqual(left);
    }
  });

  it('leaves integers, shared results and bounds that are no constants', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[4]');
      const shared = g.node('Relu', [x]);
      g.output(g.node('Min', [shared, g.constant('six', f32([], [6]))]), 'a', 'float32[4]');
      g.output(shared, 'b', 'float32[4]');
      g.output(
        g.node('Clip', [g.node('Relu', [x]), undefined, g.input('high', 'float32[]')]),
        'c',
        'float32[4]',
      );
      const n = g.input('n', 'int32[4]');
      const bound = (value: number): Value =>
        g.constant(`int${value}`, Tensor.fromNumbers('int32', [], [value]));
      g.output(g.node('Max', [g.node('Min', [n, bound(6)]), bound(0)]), 'd', 'int32[4]');
    });
    expect((await check(model, mergeClips)).changes).toBe(0);
  });
});
