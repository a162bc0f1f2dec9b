import { describe, expect, it } from 'vitest';
import { score, surest } from '../../src/search/rank.js';
import { dropGate, measured } from './measured.js';

const entry = (name: string, known: ReturnType<typeof measured> | undefined) => ({
  name,
  known,
  score: known === undefined ? -Infinity : score(known),
});

describe('surest', () => {
  const open = entry('open', measured(2.6, { gates: [dropGate('inconclusive', 0.008)] }));
  const sure = entry('sure', measured(1.2, { gates: [dropGate('pass', 0)] }));
  const surer = entry('surer', measured(1.3, { gates: [dropGate('pass', 0)] }));

  it('is the fastest whose gates pass already, however fast those are that may hold', () => {
    expect(surest([open, sure, surer], false)).toBe(surer);
  });

  it('is none where nothing passes, is faster than the original, or is known', () => {
    const slow = entry('slow', measured(0.8, { gates: [dropGate('pass', 0)] }));
    expect(surest([open, slow, entry('unknown', undefined)], false)).toBeUndefined();
  });
});
