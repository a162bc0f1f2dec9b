import { describe, expect, it } from 'vitest';
import { quantileInterval, ratioInterval } from '../../../src/bench/statistics/bootstrap.js';
import { median } from '../../../src/bench/statistics/percentile.js';
import {
  normalProbability,
  normalQuantile,
  studentQuantile,
} from '../../../src/bench/statistics/quantiles.js';
import { normal, seededRandom } from '../../../src/tensor/random.js';

/** Rounds whose level wanders for both together, with noise of their own. */
function rounds(count: number, level: number, wander: number[], random: () => number): Float64Array[] {
  return Array.from({ length: count }, (_, round) =>
    Float64Array.from({ length: 10 }, () => level * (1 + wander[round]!) * (1 + 0.02 * normal(random))),
  );
}

describe('ratioInterval', () => {
  it('covers the true ratio about as often as it says, drift or not', () => {
    const random = seededRandom(7);
    let covered = 0;
    const trials = 200;
    for (let trial = 0; trial < trials; trial++) {
      const wander = Array.from({ length: 12 }, () => 0.1 * Math.abs(normal(random)));
      const a = rounds(12, 20, wander, random);
      const b = rounds(12, 10, wander, random);
      const [low, high] = ratioInterval(a, b, 0.5, random)!;
      if (low <= 2 && 2 <= high) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.9);
  });

  it('grows wider when a disturbance of one of the two lasts for several rounds', () => {
    const random = seededRandom(9);
    /** Each round is 0.8 of the one before and some news: a process that shares its core for a while. */
    const lasting = (): number[] => {
      let level = 0;
      return Array.from({ length: 60 }, () => (level = 0.8 * level + 0.03 * normal(random)));
    };
    let covered = 0;
    const trials = 150;
    for (let trial = 0; trial < trials; trial++) {
      const a = rounds(60, 10, lasting(), random);
      const b = rounds(60, 10, lasting(), random);
      const [low, high] = ratioInterval(a, b, 0.5, random)!;
      if (low <= 1 && 1 <= high) covered++;
    }
    // Rounds drawn one by one cover 53% here, and rounds drawn together 81%.
    expect(covered / trials).toBeGreaterThan(0.75);
  });

  it('is the same for the same seed and another for another', () => {
    const random = seededRandom(1);
    const a = rounds(10, 2, Array<number>(10).fill(0), random);
    const b = rounds(10, 1, Array<number>(10).fill(0), random);
    const of = (seed: number): unknown => ratioInterval(a, b, 0.5, seededRandom(seed));
    expect(of(3)).toEqual(of(3));
    expect(of(3)).not.toEqual(of(4));
  });

  it('says nothing about too few rounds', () => {
    const block = [new Float64Array([1])];
    expect(ratioInterval(block, block, 0.5, seededRandom(1))).toBeUndefined();
  });

  it('is a point for constant times', () => {
    const constant = (value: number): Float64Array[] =>
      Array.from({ length: 8 }, () => new Float64Array(5).fill(value));
    expect(ratioInterval(constant(3), constant(2), 0.5, seededRandom(1))).toEqual([1.5, 1.5]);
  });
});

describe('quantileInterval', () => {
  it('holds the pooled median, and the blocks may differ in length', () => {
    const random = seededRandom(5);
    const blocks = Array.from({ length: 9 }, (_, i) =>
      Float64Array.from({ length: 3 + i }, () => 5 + normal(random)),
    );
    const [low, high] = quantileInterval(blocks, 0.5, random)!;
    const pooled = median(blocks.flatMap((block) => Array.from(block)));
    expect(low).toBeLessThan(pooled);
    expect(high).toBeGreaterThan(pooled);
  });
});

describe('quantiles of distributions', () => {
  it('match the tables', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306167813, 11);
    expect(normalProbability(-1.959963984540054)).toBeCloseTo(0.025, 14);
    expect(normalProbability(-5)).toBeCloseTo(2.866515718791939e-7, 16);
    expect(studentQuantile(0.975, 5)).toBeCloseTo(2.5706, 2);
    expect(studentQuantile(0.975, 11)).toBeCloseTo(2.201, 3);
    expect(studentQuantile(0.975, 60)).toBeCloseTo(2.0003, 4);
  });
});
