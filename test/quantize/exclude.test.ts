import { expect, it } from 'vitest';
import { Exclusions } from '../../src/quantize/exclude.js';
import { buildModel } from '../support/build.js';

const model = buildModel(17, (g) => {
  const x = g.input('x', 'float32[2]');
  g.output(
    g.node('Add', [g.node('Relu', [x], {}, { name: '/body/relu.1' }), x], {}, { name: '/head/add(1)' }),
    'y',
  );
});
const [relu, add] = [...model.graph.nodes()];

it.each([
  [['/body/*'], true, false],
  [['*'], true, true],
  [['/body/relu.1'], true, false],
  [['/body/relu?1', '/body/relu'], false, false],
  [['/head/add(1)'], false, true],
  [['*add*'], false, true],
  [['op:Relu'], true, false],
  [['op:*d'], false, true],
  [['relu.1'], false, false],
  [[], false, false],
])('%j excludes by whole names', (patterns, first, second) => {
  const exclusions = new Exclusions(patterns);
  expect([exclusions.excludes(relu!), exclusions.excludes(add!)]).toEqual([first, second]);
});

it('leaves everything as it is that is not included', () => {
  const exclusions = new Exclusions(['/head/*'], ['op:Relu', 'op:Add', 'op:Conv']);
  expect([exclusions.excludes(relu!), exclusions.excludes(add!)]).toEqual([false, true]);
  expect(new Exclusions([], ['op:Add']).excludes(relu!)).toBe(true);
  expect(exclusions.unused()).toEqual(['op:Conv']);
});

it('tells which patterns no node has matched', () => {
  const exclusions = new Exclusions(['/body/*', 'op:Conv', '/heads/*']);
  for (const node of model.graph.nodes()) exclusions.excludes(node);
  expect(exclusions.unused()).toEqual(['op:Conv', '/heads/*']);
});

it('takes a name with many wildcards in no time', () => {
  const exclusions = new Exclusions([`${'*a'.repeat(30)}b`]);
  const long = buildModel(17, (g) =>
    g.output(g.node('Relu', [g.input('x', 'float32[2]')], {}, { name: 'a'.repeat(200) }), 'y'),
  );
  const start = performance.now();
  for (const node of long.graph.nodes()) expect(exclusions.excludes(node)).toBe(false);
  expect(performance.now() - start).toBeLessThan(1000);
});
