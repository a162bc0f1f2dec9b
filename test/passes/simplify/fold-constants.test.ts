import { describe, expect, it } from 'vitest';
import { TypeFacts } from '../../../src/passes/types/infer-types.js';
import { attribute } from '../../../src/ir/attribute.js';
import { foldConstants } from '../../../src/passes/simplify/fold-constants.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, i64, operators, randomTensor } from '../../support/build.js';
import { check } from '../../support/passes.js';

describe('fold-constants', () => {
  it('folds chains in one batch and leaves what depends on an input', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[2,3]');
      const w = g.constant('w', randomTensor([3, 2]));
      const turned = g.node('Transpose', [w], { perm: [1, 0] });
      const scaled = g.node('Mul', [turned, g.constant('two', f32([], [2]))]);
      g.output(g.node('Add', [x, scaled]), 'y', 'float32[2,3]');
    });
    const report = await check(model, foldConstants);
    expect(operators(model)).toEqual(['Add']);
    expect(report.rounds).toBe(2);
    expect([...model.graph.constants()]).toHaveLength(1);
  });

  it('keeps an Identity where the result is an output', async () => {
    const model = buildModel(13, (g) => {
      g.output(g.node('Abs', [g.input('x', 'float32[2]')]), 'other', 'float32[2]');
      g.output(g.node('Neg', [g.constant('w', f32([2], [1, 2]))]), 'y', 'float32[2]');
    });
    const report = await check(model, foldConstants);
    expect(report.changes).toBe(1);
    expect(operators(model)).toEqual(['Abs', 'Identity']);
  });

  it('folds inside bodies, reading constants from outside', async () => {
    const model = buildModel(13, (g) => {
      const condition = g.input('condition', 'bool[]');
      const x = g.input('x', 'float32[2]');
      const w = g.constant('w', f32([2], [1, 2]));
      const then_branch = g.body('then', (body) =>
        body.output(body.node('Add', [x, body.node('Neg', [w])]), 'a', 'float32[2]'),
      );
      const else_branch = g.body('else', (body) => body.output(body.node('Add', [x, w]), 'b', 'float32[2]'));
      g.output(g.node('If', [condition], { then_branch, else_branch }), 'y', 'float32[2]');
    });
    expect((await check(model, foldConstants)).changes).toBe(1);
    expect(model.graph.get('w')!.constant).toBeDefined();
  });

  it('leaves quantize and dequantize nodes, random ones and weights that a caller may replace', async () => {
    const model = buildModel(13, (g) => {
      const q = g.constant('q', Tensor.fromNumbers('int8', [2], [1, 2]));
      const weight = g.node('DequantizeLinear', [q, g.constant('scale', f32([], [0.5]))]);
      const open = g.constant('open', f32([2], [1, 2]));
      g.graph.addInput(open);
      const noise = g.node('RandomNormalLike', [g.constant('like', f32([2], [0, 0]))], {
        seed: attribute.float(1),
      });
      g.output(
        g.node('Sum', [
          g.input('x', 'float32[2]'),
          weight,
          g.node('Neg', [open]),
          g.node('Mul', [noise, noise]),
        ]),
        'y',
        'float32[2]',
      );
    });
    const before = operators(model);
    await foldConstants.run(model, {
      evaluate: () => Promise.reject(new Error('nothing to evaluate')),
      constantBudget: 1e6,
      facts: new TypeFacts(),
    });
    expect(operators(model)).toEqual(before);
  });

  it('keeps to the budget for growth, and says what it left', async () => {
    const model = buildModel(13, (g) => {
      const wide = g.node(
        'Expand',
        [g.constant('one', f32([1], [1])), g.constant('shape', i64(64, 64))],
        {},
        { name: 'wide' },
      );
      const fill = g.node('ConstantOfShape', [g.constant('fill_shape', i64(64, 64))], {}, { name: 'fill' });
      g.output(g.node('Sum', [g.input('x', 'float32[64,64]'), wide, fill]), 'y', 'float32[64,64]');
    });
    const report = await check(model, foldConstants, { constantBudget: 1000 });
    expect(report.changes).toBe(0);
    expect(report.passes[0]!.skipped.map(({ at }) => at)).toEqual(['wide', 'fill']);
    expect(report.passes[0]!.skipped[0]!.why).toMatch(/would add 16\d{3} bytes, and 1000 are allowed/);
  });

  it('does not double a weight that others go on reading', async () => {
    const model = buildModel(13, (g) => {
      const table = g.constant('table', randomTensor([64, 8]));
      const rows = g.node('Gather', [table, g.input('ids', 'int64[2]')]);
      g.output(
        g.node('MatMul', [rows, g.node('Transpose', [table], { perm: [1, 0] })]),
        'y',
        'float32[2,64]',
      );
    });
    expect((await check(model, foldConstants, { constantBudget: 1024 })).changes).toBe(0);
    expect((await check(model, foldConstants, { constantBudget: 4096 })).changes).toBe(1);
  });
});
