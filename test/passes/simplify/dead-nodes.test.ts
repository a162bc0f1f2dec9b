import { expect, it } from 'vitest';
import { deadNodes } from '../../../src/passes/simplify/dead-nodes.js';
import { buildModel, f32, operators } from '../../support/build.js';
import { check, declaredTypesContext } from '../../support/passes.js';

it('removes chains, constants and bare names that no output depends on, also in bodies', async () => {
  const model = buildModel(13, (g) => {
    const condition = g.input('condition', 'bool[]');
    const x = g.input('x', 'float32[2]');
    g.node('Neg', [g.node('Mul', [x, g.constant('w', f32([2], [1, 2]))])]);
    const onlyDeadInside = g.node('Abs', [x]);
    g.constant('unused', f32([2], [1, 2]));
    g.graph.declare('name');
    const then_branch = g.body('then', (body) => {
      body.node('Neg', [onlyDeadInside]);
      body.output(body.node('Relu', [x]), 'a', 'float32[2]');
    });
    const else_branch = g.body('else', (body) => body.output(body.node('Neg', [x]), 'b', 'float32[2]'));
    g.output(g.node('If', [condition], { then_branch, else_branch }), 'y', 'float32[2]');
  });
  const report = await check(model, deadNodes);
  expect(operators(model)).toEqual(['If']);
  // Mul, Neg, Abs, the Neg inside; w, unused, name.
  expect(report.changes).toBe(7);
  expect([...model.graph.values()].map((value) => value.name)).toEqual(['condition', 'x', 'y']);
});

it('keeps a node one of whose outputs is read', async () => {
  const model = buildModel(13, (g) => {
    const [first] = g.nodes('Split', [g.input('x', 'float32[4]')], { axis: 0 }, { outputs: 2 });
    g.output(first!, 'y', 'float32[2]');
  });
  expect((await check(model, deadNodes)).changes).toBe(0);
});

it('leaves a graph without outputs as it is', async () => {
  const model = buildModel(13, (g) => g.node('Abs', [g.input('x', 'float32[2]')]));
  const report = await deadNodes.run(model, declaredTypesContext(model));
  expect(report.changes).toBe(0);
});
