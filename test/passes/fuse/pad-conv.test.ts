import { describe, expect, it } from 'vitest';
import type { Value } from '../../../src/ir/value.js';
import { padConv } from '../../../src/passes/fuse/pad-conv.js';
import { buildModel, f32, i64, only, operators, type GraphBuilder } from '../../support/build.js';
import { conv } from '../../support/layers.js';
import { check } from '../../support/passes.js';

type Pad = (g: GraphBuilder, x: Value) => Value;

function model(
  opset: number,
  pad: Pad,
  settings: Parameters<typeof conv>[3] = {},
): ReturnType<typeof buildModel> {
  return buildModel(opset, (g) => {
    const x = g.input('x', 'float32[1,2,6,7]');
    g.output(conv(g, pad(g, x), [3, 2, 3, 3], settings), 'y', 'float32');
  });
}

const pads = [0, 0, 1, 0, 0, 0, 2, 3];
const byInput: Pad = (g, x) => g.node('Pad', [x, g.constant('pads', i64(...pads))], {}, { name: 'pad' });

describe('pad-conv', () => {
  it.each<[string, number, Pad]>([
    ['attributes', 9, (g, x) => g.node('Pad', [x], { pads })],
    ['inputs', 13, byInput],
    [
      'inputs with a value',
      13,
      (g, x) => g.node('Pad', [x, g.constant('pads', i64(...pads)), g.constant('zero', f32([], [0]))]),
    ],
    [
      'axes',
      18,
      (g, x) =>
        g.node('Pad', [x, g.constant('pads', i64(0, 1, 3, 2)), undefined, g.constant('axes', i64(-1, 2))]),
    ],
  ])('takes pads given as %s (opset %i)', async (_, opset, pad) => {
    const built = model(opset, pad, { pads: [1, 1, 0, 0] });
    await check(built, padConv);
    expect(operators(built)).toEqual(['Conv']);
    expect(only(built, 'Conv').ints('pads')).toEqual([2, 1, 2, 3]);
  });

  it('takes a Conv that says it pads nothing', async () => {
    const built = model(13, byInput, { auto_pad: 'VALID', strides: [2, 2] });
    await check(built, padConv);
    expect(only(built, 'Conv').string('auto_pad')).toBe('NOTSET');
  });

  it.each<[string, number, Pad, Parameters<typeof conv>[3], RegExp]>([
    ['a Conv that pads by itself', 13, byInput, { auto_pad: 'SAME_UPPER' }, /pads by itself \(SAME_UPPER\)/],
    [
      'another number',
      9,
      (g, x) => g.node('Pad', [x], { pads, value: { kind: 'float', value: 1 } }),
      {},
      /fills in 1, a Conv only zero/,
    ],
    [
      'a mirror image',
      13,
      (g, x) => g.node('Pad', [x, g.constant('pads', i64(...pads))], { mode: 'reflect' }),
      {},
      /repeats the image/,
    ],
    [
      'an amount that is given at run time',
      13,
      (g, x) => g.node('Pad', [x, g.node('Abs', [g.constant('pads', i64(...pads))])]),
      {},
      /amount of .* is not constant/,
    ],
    [
      'cutting off',
      13,
      (g, x) => g.node('Pad', [x, g.constant('pads', i64(0, 0, -1, 0, 0, 0, 0, 0))]),
      {},
      /cuts off/,
    ],
  ])('says why it leaves %s', async (_, opset, pad, settings, why) => {
    const report = await check(model(opset, pad, settings), padConv);
    expect(report.changes).toBe(0);
    expect(report.passes[0]!.skipped.map((place) => place.why)).toEqual([expect.stringMatching(why)]);
  });

  it('leaves padded channels, and a padded image that others read', async () => {
    const channels = buildModel(13, (g) => {
      const padded = g.node('Pad', [
        g.input('x', 'float32[1,1,6,7]'),
        g.constant('pads', i64(0, 1, 0, 0, 0, 0, 0, 0)),
      ]);
      g.output(conv(g, padded, [3, 2, 3, 3]), 'y', 'float32');
    });
    expect((await check(channels, padConv)).passes[0]!.skipped[0]!.why).toMatch(/pads batch or channels/);
    const shared = model(13, byInput);
    shared.graph.addOutput(shared.graph.get('pad_out')!);
    expect((await check(shared, padConv)).passes[0]!.skipped[0]!.why).toMatch(/pad_out is read elsewhere/);
  });
});
