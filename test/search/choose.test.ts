import { describe, expect, it } from 'vitest';
import { choose, type Judged } from '../../src/search/choose.js';
import { dropGate, measured } from './measured.js';

const one = (name: string, ...rest: Parameters<typeof measured>): Judged => ({
  name,
  measured: measured(...rest),
});
const passes = { gates: [dropGate('pass', 0)] };
const open = { gates: [dropGate('inconclusive', 0.005)] };
const outside = { gates: [dropGate('inconclusive', 0.02)] };
const fails = { gates: [dropGate('fail', 0.1)] };
const original = one('original', 1, { ...passes, ci95: [0.99, 1.01] });

describe('choosing the winner', () => {
  it.each<[string, readonly Judged[], string]>([
    ['the fastest that passes', [one('a', 2, passes), one('b', 3, passes)], 'b'],
    ['none that fails', [one('a', 2, passes), one('b', 3, fails)], 'a'],
    ['none whose estimate is outside', [one('a', 2, open), one('b', 3, outside)], 'a'],
    ['one that passes before one that may hold', [one('a', 2, passes), one('b', 2.1, open)], 'a'],
    ['one that may hold when it is a tenth faster', [one('a', 2, passes), one('b', 2.3, open)], 'b'],
    [
      'the better outputs of two that are as fast',
      [
        one('a', 2.01, passes),
        one('b', 2, { ...passes, outputs: { cosine: 1, sqnr_db: 50, max_abs: 0, agreement: 1 } }),
      ],
      'b',
    ],
    [
      'the original before what may be slower',
      [one('a', 1.02, { ...passes, ci95: [0.98, 1.05] }), original],
      'original',
    ],
    ['the original before what fails', [one('a', 3, fails), original], 'original'],
    ['never what is slower', [one('a', 0.9, passes), one('original', 1, fails)], 'original'],
    [
      'what holds a gate that the original does not',
      [one('a', 1.02, { ...passes, ci95: [0.98, 1.05] }), one('original', 1, fails)],
      'a',
    ],
    ['never what failed', [one('a', 3, { ...passes, error: 'crashed' }), original], 'original'],
    ['the original where nothing was judged', [], 'original'],
  ])('takes %s', (_, judged, name) => {
    expect(choose(judged, false).name).toBe(name);
    expect(choose([...judged].reverse(), false).name).toBe(name);
  });

  it('wants certainty when strict', () => {
    expect(choose([one('a', 3, open), original], true).name).toBe('original');
    expect(choose([one('a', 3, open), one('b', 1.5, passes)], true).name).toBe('b');
  });

  it('minds no gate of level warn', () => {
    const warned = { gates: [{ ...dropGate('fail', 0.1), level: 'warn' as const }] };
    expect(choose([one('a', 2, warned)], false).name).toBe('a');
  });
});
