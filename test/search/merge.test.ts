import { describe, expect, it } from 'vitest';
import { mergeResults } from '../../src/search/merge.js';
import { candidate, dropGate, measured, part } from './measured.js';

const held = { gates: [dropGate('pass', 0)] };

const parts = [
  part(2, 3, [candidate('b', measured(3, held), measured(3, held)), candidate('e', measured(1, held))]),
  part(3, 3, [candidate('c', measured(1, held))]),
  part(1, 3, [candidate('a', measured(2, held), measured(2, held)), candidate('d', null)]),
];

describe('merging the parts of a search', () => {
  it('has the candidates in the order of one run, and the best winner of all', () => {
    const merged = mergeResults(parts);
    expect(merged.candidates.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(merged).toMatchObject({
      winner: { name: 'b', speedup: 3 },
      verdict: 'pass',
      warnings: [],
      elapsed_ms: 3,
    });
    expect(merged.front[0]?.name).toBe('b');
    expect(merged.settings.shard).toBeNull();
  });

  it('takes the original where no part found better', () => {
    const merged = mergeResults([part(1, 2, [candidate('a', measured(1))]), part(2, 2, [])]);
    expect(merged.winner.name).toBe('original');
  });

  it('says which parts are missing', () => {
    expect(mergeResults(parts.slice(0, 2)).warnings).toEqual(['parts are missing: 1']);
  });

  it('does not rank unlike machines silently', () => {
    const merged = mergeResults([...parts.slice(0, 2), part(1, 3, [], { cpu: 'b' })]);
    expect(merged.warnings[0]).toMatch(/unlike machines.*: b \(2 cores, x64\).*; a \(/);
    expect(merged.verdict).toBe('inconclusive');
  });

  it('refuses a part twice and parts of other searches', () => {
    expect(() => mergeResults([parts[0]!, parts[0]!])).toThrow('part 2 is there twice');
    expect(() => mergeResults([parts[0]!, part(1, 3, [], { model: 'other' })])).toThrow('the model differs');
    expect(() => mergeResults([parts[0]!, part(1, 2, [])])).toThrow('a setting');
  });
});
