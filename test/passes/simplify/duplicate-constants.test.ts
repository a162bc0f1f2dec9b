import { expect, it } from 'vitest';
import { duplicateConstants } from '../../../src/passes/simplify/duplicate-constants.js';
import { Tensor } from '../../../src/tensor/tensor.js';
import { buildModel, f32, randomTensor } from '../../support/build.js';
import { check } from '../../support/passes.js';

it('keeps one of each content, type and shape', async () => {
  const model = buildModel(13, (g) => {
    const parts = [
      g.constant('a', f32([2], [1, 2])),
      g.constant('same', f32([2], [1, 2])),
      g.constant('other', f32([2], [1, 3])),
      g.constant('shape', f32([1, 2], [1, 2])),
      g.constant('negative_zero', f32([2], [0, -0])),
      g.constant('zero', f32([2], [0, 0])),
    ];
    g.constant('type', Tensor.fromNumbers('int32', [2], [1, 2]));
    g.output(g.node('Sum', [g.input('x', 'float32[2]'), ...parts]), 'y', 'float32[1,2]');
  });
  const report = await check(model, duplicateConstants);
  expect(report.changes).toBe(1);
  expect(model.graph.get('same')).toBeUndefined();
});

it('keeps a constant that is an output, and one that a caller may replace', async () => {
  const model = buildModel(13, (g) => {
    const x = g.input('x', 'float32[2]');
    const open = g.constant('open', f32([2], [1, 2]));
    g.graph.addInput(open);
    const fixed = g.constant('fixed', f32([2], [1, 2]));
    g.output(g.constant('out', f32([2], [1, 2])), 'out', 'float32[2]');
    g.output(g.node('Sum', [x, open, fixed]), 'y', 'float32[2]');
  });
  const report = await check(model, duplicateConstants);
  expect(report.changes).toBe(1);
  expect([...model.graph.constants()].map(({ name }) => name)).toEqual(['open', 'out']);
});

it('shares weights of sibling bodies through the main graph, and leaves small ones where they are', async () => {
  const model = buildModel(13, (g) => {
    const condition = g.input('condition', 'bool[]');
    const x = g.input('x', 'float32[2,32]');
    const branch = (name: string, operator: string): ReturnType<typeof g.body> =>
      g.body(name, (body) => {
        const product = body.node('MatMul', [x, body.constant(`${name}_w`, randomTensor([32, 32]))]);
        const small = body.constant(`${name}_b`, f32([1], [3]));
        body.output(body.node(operator, [product, small]), `${name}_out`, 'float32[2,32]');
      });
    g.output(
      g.node('If', [condition], { then_branch: branch('then', 'Add'), else_branch: branch('else', 'Mul') }),
      'y',
      'float32[2,32]',
    );
  });
  const report = await check(model, duplicateConstants);
  expect(report.changes).toBe(2);
  expect([...model.graph.constants()]).toHaveLength(1);
  expect([...model.graphs()].slice(1).map((body) => [...body.constants()].length)).toEqual([1, 1]);
});
