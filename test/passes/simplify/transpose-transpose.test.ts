import { expect, it } from 'vitest';
import { identities } from '../../../src/passes/simplify/identities.js';
import { transposeTranspose } from '../../../src/passes/simplify/transpose-transpose.js';
import { buildModel, only, operators, typeOf } from '../../support/build.js';
import { check, declaredTypesContext } from '../../support/passes.js';
import { runPasses } from '../../../src/passes/pipeline.js';

it('makes one out of three', async () => {
  const model = buildModel(13, (g) => {
    let value = g.input('x', 'float32[2,3,4]');
    for (const perm of [
      [1, 0, 2],
      [2, 1, 0],
      [0, 2, 1],
    ])
      value = g.node('Transpose', [value], { perm });
    g.output(value, 'y', 'float32');
  });
  await check(model, transposeTranspose);
  expect(operators(model)).toEqual(['Transpose']);
  // y axis i is axis perm[i] of x; dims [2,3,4] -> [3,2,4] -> [4,2,3] -> [4,3,2].
  expect(only(model, 'Transpose').ints('perm')).toEqual([2, 1, 0]);
});

it('lets two that cancel disappear, the default order included, and leaves the first to its other readers', async () => {
  const model = buildModel(13, (g) => {
    const first = g.node('Transpose', [g.node('Abs', [g.input('x', 'float32[2,3]')])]);
    g.output(g.node('Neg', [g.node('Transpose', [first], { perm: [1, 0] })]), 'y', 'float32[2,3]');
    g.output(g.node('Relu', [first]), 'z', 'float32[3,2]');
  });
  await check(model, [transposeTranspose, identities]);
  expect(operators(model)).toEqual(['Abs', 'Transpose', 'Neg', 'Relu']);
});

it('says when the rank is unknown', async () => {
  const model = buildModel(13, (g) => {
    const x = g.input('x', 'float32');
    g.output(g.node('Transpose', [g.node('Transpose', [x])], {}, { name: 'second' }), 'y');
  });
  model.graph.get('x')!.type = typeOf('float32');
  const report = await runPasses(model, [transposeTranspose], declaredTypesContext(model));
  expect(report.passes[0]!.skipped).toEqual([{ at: 'second', why: 'the rank of its input is unknown' }]);
});
