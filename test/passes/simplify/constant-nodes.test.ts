import { expect, it } from 'vitest';
import { TypeFacts } from '../../../src/passes/types/infer-types.js';
import { attribute } from '../../../src/ir/attribute.js';
import { constantNodes } from '../../../src/passes/simplify/constant-nodes.js';
import { buildModel, f32, operators, type Setting } from '../../support/build.js';
import { check, declaredTypesContext } from '../../support/passes.js';

it.each<[string, Setting, string, readonly (number | bigint)[]]>([
  ['value', f32([2], [1, 2]), 'float32[2]', [1, 2]],
  ['value_float', attribute.float(0.5), 'float32[]', [0.5]],
  ['value_floats', attribute.floats([0.5, 2]), 'float32[2]', [0.5, 2]],
  ['value_int', attribute.int(7), 'int64[]', [7]],
  ['value_ints', attribute.ints([7, 8]), 'int64[2]', [7, 8]],
])('understands the form %s', async (form, setting, type, elements) => {
  const model = buildModel(13, (g) => {
    const constant = g.node('Constant', [], { [form]: setting }, { name: 'c' });
    const x = g.input('x', type);
    g.output(g.node('Add', [x, constant]), 'y', type);
  });
  const report = await check(model, constantNodes);
  expect(report.changes).toBe(1);
  expect(operators(model)).toEqual(['Add']);
  // The name stays.
  const tensor = model.graph.get('c_out')!.constant!;
  expect(`${tensor.dtype}[${tensor.dims.join()}]`).toBe(type);
  expect(Array.from(tensor.toNumbers())).toEqual(elements);
});

it('understands strings', async () => {
  const model = buildModel(13, (g) => {
    g.output(
      g.node('Identity', [g.node('Constant', [], { value_strings: attribute.strings(['a', 'é']) })]),
      'y',
      'string[2]',
    );
    g.output(g.node('Identity', [g.node('Constant', [], { value_string: 'b' })]), 'z', 'string[]');
  });
  const { changes } = await constantNodes.run(model, declaredTypesContext(model));
  expect(changes).toBe(2);
  expect(
    [...model.graph.constants()].map(({ constant }) =>
      constant.strings.map((text) => Buffer.from(text).toString()),
    ),
  ).toEqual([['a', 'é'], ['b']]);
});

it('leaves one that is an output, and works inside bodies', async () => {
  const model = buildModel(13, (g) => {
    const condition = g.input('condition', 'bool[]');
    const x = g.input('x', 'float32[2]');
    const two = { value: f32([2], [2, 2]) };
    const then_branch = g.body('then', (body) =>
      body.output(body.node('Mul', [x, body.node('Constant', [], two)]), 'a', 'float32[2]'),
    );
    const else_branch = g.body('else', (body) =>
      body.output(body.node('Constant', [], two), 'b', 'float32[2]'),
    );
    g.output(g.node('If', [condition], { then_branch, else_branch }), 'y', 'float32[2]');
  });
  const report = await check(model, constantNodes);
  expect(report.changes).toBe(1);
});

it('says when the content is in a form that it does not know', async () => {
  const model = buildModel(13, (g) => {
    const constant = g.node(
      'Constant',
      [],
      { sparse_value: { kind: 'other', value: undefined } },
      { name: 'sparse' },
    );
    g.output(g.node('Abs', [constant]), 'y');
  });
  const report = await constantNodes.run(model, {
    evaluate: () => Promise.resolve(new Map()),
    constantBudget: 0,
    facts: new TypeFacts(),
  });
  expect(report).toEqual({
    changes: 0,
    skipped: [{ at: 'sparse', why: 'its content is given in a form that is not understood' }],
  });
});
