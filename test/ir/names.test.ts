import { expect, it } from 'vitest';
import { Names } from '../../src/ir/names.js';

it('hands out each name once and never an empty one', () => {
  const names = new Names();
  names.claim('a');
  names.claim('a_1');
  expect([names.fresh('a'), names.fresh('a'), names.fresh('b'), names.fresh('')]).toEqual([
    'a_2',
    'a_3',
    'b',
    '_1',
  ]);
  expect(names.has('a_2')).toBe(true);
  expect(names.has('c')).toBe(false);
});

it('takes constant time for a base that is asked for again and again', () => {
  const names = new Names();
  const start = performance.now();
  for (let i = 0; i < 50_000; i++) names.fresh('same');
  expect(performance.now() - start).toBeLessThan(1000);
});
