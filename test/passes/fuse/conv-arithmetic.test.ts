import { describe, expect, it } from 'vitest';
import { convAdd, convScale } from '../../../src/passes/fuse/conv-arithmetic.js';
import { buildModel, f32, operators, randomTensor } from '../../support/build.js';
import { conv } from '../../support/layers.js';
import { check } from '../../support/passes.js';
import type { Tensor } from '../../../src/tensor/tensor.js';

const perChannel = randomTensor([3, 1, 1], 5);
const constants: [string, Tensor][] = [
  ['[C,1,1]', perChannel],
  ['[1,C,1,1]', perChannel.reshaped([1, 3, 1, 1])],
  ['a scalar', f32([], [0.7])],
  ['one element', f32([1], [0.7])],
];

describe.each(['Conv', 'ConvTranspose'])('arithmetic behind %s', (opType) => {
  it.each(constants)('folds Mul, Div, Add and Sub by %s, on either side', async (_, tensor) => {
    for (const [operator, first] of [
      ['Mul', 0],
      ['Mul', 1],
      ['Div', 0],
      ['Add', 0],
      ['Add', 1],
      ['Sub', 0],
      ['Sub', 1],
    ] as const) {
      const model = buildModel(13, (g) => {
        const y = conv(
          g,
          g.input('x', 'float32[1,2,4,4]'),
          opType === 'Conv' ? [3, 2, 2, 2] : [2, 3, 2, 2],
          { bias: first },
          opType,
        );
        const other = g.constant('other', tensor);
        g.output(g.node(operator, first === 0 ? [y, other] : [other, y]), 'y', 'float32');
      });
      await check(model, [convScale, convAdd]);
      expect(operators(model)).toEqual([opType]);
    }
  });

  it('folds a whole chain', async () => {
    const model = buildModel(13, (g) => {
      let y = conv(
        g,
        g.input('x', 'float32[1,2,4,4]'),
        opType === 'Conv' ? [3, 2, 2, 2] : [2, 3, 2, 2],
        { bias: 0 },
        opType,
      );
      for (const operator of ['Mul', 'Add', 'Mul', 'Sub'])
        y = g.node(operator, [y, g.constant(g.graph.names.fresh('c'), perChannel)]);
      g.output(y, 'y', 'float32');
    });
    await check(model, [convScale, convAdd]);
    expect(operators(model)).toEqual([opType]);
  });
});

describe('arithmetic behind Conv that stays', () => {
  it.each([
    ['a number for each column', f32([3], [1, 2, 3])],
    ['a number for each sample', f32([2, 1, 1, 1], [1, 2])],
    ['a higher rank', f32([1, 1, 3, 1, 1], [1, 2, 3])],
  ])('%s', async (_, tensor) => {
    const model = buildModel(13, (g) => {
      const y = conv(g, g.input('x', 'float32[1,2,4,4]'), [3, 2, 2, 2]);
      g.output(g.node('Mul', [y, g.constant('other', tensor)]), 'y', 'float32');
    });
    const report = await check(model, convScale);
    expect(report.passes[0]!.skipped[0]!.why).toBe(
      'the constant is neither one number nor one for each channel',
    );
  });

  it('a number divided by the result, and a sum of the result with itself', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[1,2,4,4]');
      g.output(g.node('Div', [g.constant('one', f32([], [1])), conv(g, x, [3, 2, 2, 2])]), 'y', 'float32');
      const twice = conv(g, x, [3, 2, 2, 2]);
      g.output(g.node('Add', [twice, twice]), 'z', 'float32');
    });
    expect((await check(model, [convScale, convAdd])).changes).toBe(0);
  });
});
