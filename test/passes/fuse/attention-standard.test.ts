import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/ir/model.js';
import type { Value } from '../../../src/ir/value.js';
import { attention } from '../../../src/passes/fuse/attention-standard.js';
import { rotaryEmbedding } from '../../../src/passes/fuse/rotary-embedding.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, i64, operators, randomTensor, type GraphBuilder } from '../../support/build.js';
import { check } from '../../support/passes.js';

describe('attention', () => {
  const build = (mask?: string): Model =>
    buildModel(23, (g) => {
      const heads = (name: string, perm: number[]): Value =>
        g.node(
          'Transpose',
          [
            g.node('Reshape', [
              g.input(name, 'float32[batch,5,12]'),
              g.constant(`to_${name}`, i64(0, 0, 3, 4)),
            ]),
          ],
          { perm },
        );
      let scores = g.node('MatMul', [heads('q', [0, 2, 1, 3]), heads('k', [0, 2, 3, 1])]);
      scores = g.node('Mul', [scores, g.constant('scale', f32([], [0.5]))]);
      if (mask !== undefined) scores = g.node('Add', [scores, g.input('mask', `float32[${mask}]`)]);
      const mixed = g.node('MatMul', [g.node('Softmax', [scores], { axis: -1 }), heads('v', [0, 2, 1, 3])]);
      const joined = g.node('Transpose', [mixed], { perm: [0, 2, 1, 3] });
      g.output(g.node('Reshape', [joined, g.constant('back', i64(0, 0, 12))]), 'y', 'float32[batch,5,12]');
    });

  it.each([undefined, '5,5', '1,1,5,5', 'batch,3,5,5'])('is seen with a mask of %s', async (mask) => {
    const model = build(mask);
    await check(model, attention);
    expect(operators(model)).toEqual(['Attention']);
  });

  it('leaves a mask over the keys alone', async () => {
    const report = await check(build('batch,1,1,5'), attention);
    expect(report.passes[0]!.skipped).toHaveLength(1);
  });
});

describe('rotary-embedding', () => {
  const half = randomTensor([6, 2], 3).toNumbers();
  const doubled = (change = 0): Tensor =>
    Tensor.float32(
      [6, 4],
      Array.from(
        { length: 24 },
        (_, at) => half[2 * Math.floor(at / 4) + (at % 2)]! + (at === 3 ? change : 0),
      ),
    );
  type Angles = (g: GraphBuilder, name: string, table: Tensor) => Value;
  const build = (angles: Angles, change = 0): Model =>
    buildModel(13, (g) => {
      const length = angles === whole ? '6' : 'length';
      const x = g.input('x', `float32[batch,3,${length},4]`);
      const parts = g.nodes('Split', [x, g.constant('sizes', i64(2, 2))], { axis: 3 }, { outputs: 2 });
      const turned = g.node('Concat', [g.node('Neg', [parts[1]]), parts[0]], { axis: -1 });
      const cosine = angles(g, 'cos', doubled(change));
      const sine = angles(
        g,
        'sin',
        Tensor.float32(
          [6, 4],
          Array.from(doubled().toNumbers(), (one) => one / 2),
        ),
      );
      const sum = g.node('Add', [g.node('Mul', [x, cosine]), g.node('Mul', [turned, sine])]);
      g.output(sum, 'y', `float32[batch,3,${length},4]`);
    });
  const feeds = (): Map<string, Tensor> =>
    new Map([
      ['x', randomTensor([2, 3, 6, 4], 5)],
      ['places', Tensor.int64([2, 6], [0, 1, 2, 3, 4, 5, 5, 3, 3, 0, 1, 2])],
    ]);

  const whole = (g: GraphBuilder, name: string, table: Tensor): Value => g.constant(name, table);
  const gathered = (g: GraphBuilder, name: string, table: Tensor): Value => {
    const places = g.graph.get('places') ?? g.input('places', 'int64[batch,length]');
    const rows = g.node('Gather', [g.constant(name, table), places], { axis: 0 });
    return g.node('Unsqueeze', [rows, g.constant(`${name}_axis`, i64(1))]);
  };

  it.each([
    ['a table', whole],
    ['rows of a table', gathered],
  ])('is seen with %s', async (_, angles) => {
    const model = build(angles);
    const given = feeds();
    if (angles === whole) given.delete('places');
    await check(model, rotaryEmbedding, { feeds: given });
    expect(operators(model)).toEqual(['com.microsoft.RotaryEmbedding']);
  });

  it('is left alone where the halves of a table differ', async () => {
    const model = build(whole, 0.5);
    const given = feeds();
    given.delete('places');
    const report = await check(model, rotaryEmbedding, { feeds: given });
    expect(report.passes[0]!.skipped.map((one) => one.why)).toEqual([
      'the halves of a table are not the same',
    ]);
  });
});
