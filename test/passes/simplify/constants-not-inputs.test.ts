import { expect, it } from 'vitest';
import { constantsNotInputs } from '../../../src/passes/simplify/constants-not-inputs.js';
import { buildModel, f32 } from '../../support/build.js';
import { check } from '../../support/passes.js';

it('takes weights off the input list and raises the IR version to one that allows it', async () => {
  const model = buildModel(8, (g) => {
    const x = g.input('x', 'float32[2]');
    const w = g.constant('w', f32([2], [1, 2]));
    g.graph.addInput(w);
    g.output(g.node('Add', [x, w]), 'y', 'float32[2]');
  });
  model.irVersion = 3;
  const report = await check(model, constantsNotInputs);
  expect(report.changes).toBe(1);
  expect(model.graph.inputs.map((value) => value.name)).toEqual(['x']);
  expect(model.irVersion).toBe(4);
});
