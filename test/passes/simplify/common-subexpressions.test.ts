import { describe, expect, it } from 'vitest';
import { TypeFacts } from '../../../src/passes/types/infer-types.js';
import { attribute } from '../../../src/ir/attribute.js';
import { commonSubexpressions } from '../../../src/passes/simplify/common-subexpressions.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, operators } from '../../support/build.js';
import { check } from '../../support/passes.js';

describe('common-subexpressions', () => {
  it('shares equal chains and tells attributes apart', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[2]');
      const chain = (alpha: number): ReturnType<typeof g.node> =>
        g.node('Abs', [g.node('LeakyRelu', [x], { alpha: attribute.float(alpha) })]);
      g.output(g.node('Sum', [chain(0.1), chain(0.1), chain(0.2)]), 'y', 'float32[2]');
    });
    const report = await check(model, commonSubexpressions);
    expect(operators(model)).toEqual(['LeakyRelu', 'Abs', 'LeakyRelu', 'Abs', 'Sum']);
    expect(report.changes).toBe(2);
  });

  it('keeps output names: one moves, two stay', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[2]');
      g.output(g.node('Neg', [g.node('Abs', [x])]), 'a', 'float32[2]');
      g.output(g.node('Abs', [x]), 'b', 'float32[2]');
      g.output(g.node('Abs', [x]), 'c', 'float32[2]');
    });
    await check(model, commonSubexpressions);
    expect(operators(model)).toEqual(['Abs', 'Neg', 'Abs']);
    expect(model.graph.outputs.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('shares nodes with several outputs', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[4]');
      const [a, b] = g.nodes('Split', [x], { axis: 0 }, { outputs: 2 });
      const [c, d] = g.nodes('Split', [x], { axis: 0 }, { outputs: 2 });
      g.output(g.node('Sum', [a, d]), 'y', 'float32[2]');
      g.output(g.node('Sum', [b, c]), 'z', 'float32[2]');
    });
    await check(model, commonSubexpressions);
    expect(operators(model)).toEqual(['Split', 'Sum', 'Sum']);
  });

  it('leaves random operators, dequantize nodes and unknown operators alone', async () => {
    const model = buildModel(13, (g) => {
      const x = g.input('x', 'float32[2]');
      const q = g.constant('q', Tensor.fromNumbers('int8', [2], [1, 2]));
      const scale = g.constant('scale', f32([], [0.5]));
      for (let i = 0; i < 2; i++) {
        g.node('RandomNormalLike', [x]);
        g.node('DequantizeLinear', [q, scale]);
        g.node('Custom', [x], {}, { domain: 'own' });
      }
    });
    const report = await commonSubexpressions.run(model, {
      evaluate: () => Promise.resolve(new Map()),
      constantBudget: 0,
      facts: new TypeFacts(),
    });
    expect(report.changes).toBe(0);
  });
});
