import { expect, it } from 'vitest';
import { reshapeReshape } from '../../../src/passes/simplify/reshape-reshape.js';
import { buildModel, i64, operators } from '../../support/build.js';
import { check, randomFeeds } from '../../support/passes.js';

it('reads past reshapes of every kind', async () => {
  const model = buildModel(13, (g) => {
    const x = g.input('x', 'float32[2,3,4]');
    const flat = g.node('Flatten', [x]);
    const wide = g.node('Unsqueeze', [flat, g.constant('axes', i64(0))]);
    const reshaped = g.node('Reshape', [wide, g.constant('first', i64(4, 6))]);
    g.output(g.node('Reshape', [reshaped, g.constant('last', i64(-1, 8))]), 'y', 'float32[3,8]');
  });
  await check(model, reshapeReshape);
  expect(operators(model)).toEqual(['Reshape']);
});

it('writes out a dim that is copied from the reshape in between, where it is known', async () => {
  const model = buildModel(13, (g) => {
    const first = g.node('Reshape', [g.input('x', 'float32[2,6]'), g.constant('first', i64(3, 4))]);
    g.output(g.node('Reshape', [first, g.constant('last', i64(0, 2, 2))]), 'y', 'float32[3,2,2]');
  });
  await check(model, reshapeReshape);
  expect(operators(model)).toEqual(['Reshape']);
  expect([...model.graph.constants()].map(({ constant }) => constant.toBigInts())).toEqual([[3n, 2n, 2n]]);
});

it('says when a copied dim or the target is unknown', async () => {
  const model = buildModel(13, (g) => {
    const x = g.input('x', 'float32[n,4]');
    const first = g.node('Reshape', [x, g.constant('first', i64(-1, 2))]);
    g.output(
      g.node('Reshape', [first, g.constant('last', i64(0, 2, 1))], {}, { name: 'copies' }),
      'y',
      'float32',
    );
    const target = g.input('target', 'int64[2]');
    g.output(g.node('Reshape', [g.node('Flatten', [x]), target], {}, { name: 'given' }), 'z', 'float32');
  });
  const feeds = randomFeeds(model).set('target', i64(4, 2));
  const report = await check(model, reshapeReshape, { feeds });
  expect(report.passes[0]!.skipped).toEqual([
    { at: 'copies', why: 'its target copies a dim that is not known' },
    { at: 'given', why: 'its target shape is not constant' },
  ]);
});
