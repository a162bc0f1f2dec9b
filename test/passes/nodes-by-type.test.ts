import { expect, it } from 'vitest';
import { NodesByType } from '../../src/passes/nodes-by-type.js';
import { buildModel } from '../support/build.js';

it('lists nodes by operator in the order of the graphs, and forgets when told', () => {
  const model = buildModel(13, (g) => {
    const x = g.input('x', 'float32[2]');
    const a = g.node('Abs', [x], {}, { name: 'a' });
    const b = g.node('Neg', [a], {}, { name: 'b' });
    g.output(g.node('Abs', [b], {}, { name: 'c' }), 'y', 'float32[2]');
  });
  const nodes = new NodesByType(model);
  const names = (...types: string[]): string[] => nodes.of(new Set(types)).map(({ name }) => name);
  expect(names('Abs')).toEqual(['a', 'c']);
  expect(names('Neg', 'Abs')).toEqual(['a', 'b', 'c']);
  expect(names('Relu')).toEqual([]);
  expect(nodes.includeOneOf(new Set(['Relu', 'Neg']))).toBe(true);
  expect(nodes.includeOneOf(new Set(['Relu']))).toBe(false);

  model.graph.addNode('Relu', [model.graph.inputs[0]]);
  expect(names('Relu')).toEqual([]);
  nodes.forget();
  expect(names('Relu')).toHaveLength(1);
});
