import { expect, it } from 'vitest';
import { TypeFacts } from '../../src/passes/types/infer-types.js';
import { fusion, miss } from '../../src/passes/fusion.js';
import type { RunContext } from '../../src/passes/pass.js';
import { buildModel, operators } from '../support/build.js';

const context: RunContext = {
  evaluate: () => Promise.resolve(new Map()),
  constantBudget: 5,
  facts: new TypeFacts(),
};

it('tries a pattern at each root in every graph, and reports near misses by node', async () => {
  const pass = fusion({
    name: 'test',
    summary: '',
    effect: 'exact',
    root: ['Abs', 'own.Abs'],
    match(node, { opset, constantBudget }) {
      expect([opset, constantBudget]).toEqual([13, 5]);
      if (node.inputs[0]?.producer === undefined) return undefined;
      return node.domain === '' ? { node } : miss('not ours');
    },
    rewrite({ node }, edit) {
      edit.replace(node.outputs[0]!, edit.node('Neg', node.inputs).outputs[0]!);
    },
  });
  const model = buildModel(13, (g) => {
    const first = g.node('Abs', [g.input('x', 'float32[2]')]);
    const second = g.node('Abs', [first]);
    g.output(g.node('Abs', [second], {}, { domain: 'own', name: 'foreign' }), 'y');
    const body = g.body('body', (inner) => inner.output(inner.node('Abs', [second])));
    g.output(
      g.node('If', [g.input('c', 'bool[]')], {
        then_branch: body,
        else_branch: g.body('else', () => undefined),
      }),
      'z',
    );
  });
  expect(await pass.run(model, context)).toEqual({
    changes: 2,
    skipped: [{ at: 'foreign', why: 'not ours' }],
  });
  expect(operators(model)).toEqual(['Abs', 'Neg', 'own.Abs', 'If']);
  expect([...model.graphs()].map((graph) => [...graph.nodes()].map((node) => node.opType))[1]).toEqual([
    'Neg',
  ]);
});

it('does not look into bodies that a rewrite has removed', async () => {
  const pass = fusion({
    name: 'test',
    summary: '',
    effect: 'exact',
    root: ['If', 'Neg'],
    match: (node) => ({ node }),
    rewrite({ node }, edit) {
      edit.replace(node.outputs[0]!, edit.node('Abs', [node.graph.get('x')]).outputs[0]!);
    },
  });
  const model = buildModel(13, (g) => {
    const x = g.input('x', 'float32[2]');
    const branch = (name: string): ReturnType<typeof g.body> =>
      g.body(name, (inner) => inner.output(inner.node('Neg', [x])));
    g.output(
      g.node('If', [g.input('c', 'bool[]')], { then_branch: branch('a'), else_branch: branch('b') }),
      'y',
    );
  });
  expect((await pass.run(model, context)).changes).toBe(1);
  expect(operators(model)).toEqual(['Abs']);
});
