import { describe, expect, it } from 'vitest';
import type { Layer } from '../../../src/prune/layer.js';
import { allocations } from '../../../src/prune/magnitude/allocations/list.js';
import { cheapest } from '../../../src/prune/magnitude/scores.js';

const [a, b] = [{} as Layer, {} as Layer];

describe('cheapest', () => {
  it('takes exactly as many as asked for, the lowest, of equal ones the first', () => {
    const scores = new Map([
      [a, Float64Array.of(3, 1, 2, 2)],
      [b, Float64Array.of(2, 0, 9)],
    ]);
    const masks = cheapest(scores, 4);
    expect([...masks.get(a)!]).toEqual([1, 0, 0, 0]);
    expect([...masks.get(b)!]).toEqual([1, 0, 1]);
    expect([...cheapest(scores, 0).values()].every((mask) => mask.every((one) => one === 1))).toBe(true);
    expect([...cheapest(scores, 7).values()].every((mask) => mask.every((one) => one === 0))).toBe(true);
  });
});

describe('allocations', () => {
  const weights = Float64Array.of(4, -1, 3, 0, -2);
  const byName = (name: string): Float64Array => allocations.find((one) => one.name === name)!.score(weights);

  it('score by magnitude, by rank within the layer, and against what is larger', () => {
    expect([...byName('global')]).toEqual([4, 1, 3, 0, 2]);
    expect([...byName('uniform')]).toEqual([0.8, 0.2, 0.6, 0, 0.4]);
    const lamp = [16 / 16, 1 / 30, 9 / 25, 0, 4 / 29];
    byName('lamp').forEach((score, i) => expect(score).toBeCloseTo(lamp[i]!, 12));
  });
});
