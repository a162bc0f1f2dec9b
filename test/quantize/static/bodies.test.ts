import { describe, expect, it } from 'vitest';
import { x86 } from '../../../src/quantize/targets/x86.js';
import { planStatic } from '../../../src/quantize/static/plan.js';
import { buildModel, randomTensor } from '../../support/build.js';

describe('bodies of If', () => {
  it('stay float, and the plan says which and why', () => {
    const model = buildModel(17, (g) => {
      const x = g.input('x', 'float32[3,64]');
      const body = (name: string, inner: boolean): ReturnType<typeof g.body> =>
        g.body(name, (b) => {
          const w = b.constant(`${name}_w`, randomTensor([64, 64], 1));
          const product = inner
            ? b.node('MatMul', [x, w], {}, { name: `${name}_dense` })
            : b.node('Relu', [x]);
          b.output(product, `${name}_y`, 'float32[3,64]');
        });
      const bodies = { then_branch: body('yes', true), else_branch: body('no', false) };
      const chosen = g.node('If', [g.input('which', 'bool[1]')], bodies, { name: 'branch' });
      const w = g.constant('w', randomTensor([64, 8], 2));
      g.output(g.node('MatMul', [chosen, w], {}, { name: 'head' }), 'y', 'float32[3,8]');
    });
    const plan = planStatic(model.graph, x86, () => false);
    expect(plan.groups.map(({ node }) => node.name)).toEqual(['head']);
    expect(plan.left).toEqual([
      { node: 'yes_dense', op: 'MatMul', reason: 'it is inside the body of branch' },
    ]);
  });
});
