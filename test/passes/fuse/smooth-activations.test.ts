import { describe, expect, it } from 'vitest';
import { mish, softplus } from '../../../src/passes/fuse/smooth-activations.js';
import { buildModel, f32, operators } from '../../support/build.js';
import { check } from '../../support/passes.js';

describe('smooth activations', () => {
  it('are seen in their parts', async () => {
    const model = buildModel(18, (g) => {
      const x = g.input('x', 'float32[4,9]');
      const one = g.constant('one', f32([], [1]));
      const soft = g.node('Log', [g.node('Add', [one, g.node('Exp', [x])])]);
      g.output(g.node('Mul', [g.node('Tanh', [soft]), x]), 'y', 'float32[4,9]');
    });
    await check(model, [softplus, mish]);
    expect(operators(model)).toEqual(['Mish']);
  });

  it('are left alone where a number or the input is another', async () => {
    const model = buildModel(18, (g) => {
      const x = g.input('x', 'float32[4,9]');
      const two = g.constant('two', f32([], [2]));
      const soft = g.node('Log', [g.node('Add', [two, g.node('Exp', [x])])]);
      const other = g.node('Mul', [g.node('Tanh', [g.node('Softplus', [x])]), g.node('Abs', [x])]);
      g.output(g.node('Add', [soft, other]), 'y', 'float32[4,9]');
    });
    expect((await check(model, [softplus, mish])).changes).toBe(0);
  });

  it('are left alone where a part is read elsewhere', async () => {
    const model = buildModel(18, (g) => {
      const x = g.input('x', 'float32[4,9]');
      const gate = g.node('Tanh', [g.node('Softplus', [x])]);
      g.output(g.node('Mul', [gate, x]), 'y', 'float32[4,9]');
      g.output(gate, 'z', 'float32[4,9]');
    });
    const report = await check(model, mish);
    expect(report.passes[0]!.skipped).toHaveLength(1);
  });
});
