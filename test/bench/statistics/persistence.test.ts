import { describe, expect, it } from 'vitest';
import { roundsTogether } from '../../../src/bench/statistics/persistence.js';
import { normal, seededRandom } from '../../../src/tensor/random.js';

describe('roundsTogether', () => {
  it('is 1 for independent rounds, whatever their distribution', () => {
    const random = seededRandom(2);
    const alone = Array.from({ length: 300 }, () =>
      roundsTogether(Array.from({ length: 30 }, () => Math.exp(2 * normal(random)))),
    );
    expect(alone.filter((length) => length === 1).length / 300).toBeGreaterThan(0.93);
  });

  it('grows with persistence: 9 rounds for a correlation of 0.8', () => {
    const random = seededRandom(4);
    let level = 0;
    const series = Array.from({ length: 2000 }, () => (level = 0.8 * level + normal(random)));
    // Correlation of ranks is a little below that of values.
    expect(roundsTogether(series)).toBeGreaterThanOrEqual(7);
    expect(roundsTogether(series)).toBeLessThanOrEqual(10);
  });

  it('is 1 for equal rounds', () => {
    expect(roundsTogether(Array<number>(20).fill(3))).toBe(1);
  });
});
