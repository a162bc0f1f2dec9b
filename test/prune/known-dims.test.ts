import { expect, it } from 'vitest';
import { Tensor } from '../../src/tensor/tensor.js';
import { settleDims } from '../../src/prune/known-dims.js';
import { buildModel, f32, i64 } from '../support/build.js';

it('knows the dims of a model with a branch that refuses those of the inputs', async () => {
  const model = buildModel(13, (g) => {
    const x = g.input('x', 'float32[1,n]');
    const wide = g.body('wide', (inner) => inner.output(inner.node('Relu', [x]), 'wide_y', 'float32'));
    // For n = 1 alone: the runtime's inference objects as soon as n is known to be 4.
    const narrow = g.body('narrow', (inner) =>
      inner.output(inner.node('Squeeze', [x, inner.constant('axes', i64(1))]), 'narrow_y', 'float32'),
    );
    const chosen = g.node('If', [g.input('c', 'bool[]')], { then_branch: wide, else_branch: narrow });
    const doubled = g.node('Concat', [x, x], { axis: 1 });
    g.output(g.node('Add', [doubled, g.node('ReduceSum', [chosen], { keepdims: 0 })]), 'y', 'float32[1,m]');
  });
  const inputs = new Map([
    ['x', f32([1, 4], [1, 2, 3, 4])],
    ['c', Tensor.fromNumbers('bool', [], [1])],
  ]);
  const known = await settleDims(model, inputs);
  const concat = [...model.graph.nodes()].find((node) => node.is('Concat'))!;
  expect(known(concat.outputs[0]!)).toEqual([1, 8]);
});
