import { describe, expect, it } from 'vitest';
import { normal, seededRandom, shuffled } from '../../src/tensor/random.js';

/** xoshiro128** written with bigints from its definition, seeded as documented. */
function* reference(seed: number): Generator<number> {
  const mask = 0xffffffffn;
  let weyl = BigInt(seed);
  const word = (): bigint => {
    weyl = (weyl + 0x9e3779b9n) & mask;
    let z = weyl;
    z = ((z ^ (z >> 16n)) * 0x85ebca6bn) & mask;
    z = ((z ^ (z >> 13n)) * 0xc2b2ae35n) & mask;
    return z ^ (z >> 16n);
  };
  const rotate = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask;
  const s = [word(), word(), word(), word()] as [bigint, bigint, bigint, bigint];
  for (;;) {
    yield Number((rotate((s[1] * 5n) & mask, 7n) * 9n) & mask) / 2 ** 32;
    const t = (s[1] << 9n) & mask;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11n);
  }
}

describe('seededRandom', () => {
  it('is xoshiro128** for any seed', () => {
    for (const seed of [0, 1, 42, 0xffffffff]) {
      const random = seededRandom(seed);
      const expected = reference(seed);
      for (let i = 0; i < 200; i++) expect(random()).toBe(expected.next().value);
    }
  });

  it('fills [0, 1) evenly', () => {
    const random = seededRandom(7);
    const bins = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) bins[Math.floor(random() * 10)]!++;
    for (const bin of bins) expect(Math.abs(bin - 10_000)).toBeLessThan(400); // four standard deviations
  });
});

describe('shuffled', () => {
  it('holds every number once, in another order for another seed', () => {
    const one = shuffled(100, seededRandom(1));
    expect([...one].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(shuffled(100, seededRandom(1))).toEqual(one);
    expect(shuffled(100, seededRandom(2))).not.toEqual(one);
  });

  it('reaches all orders of three alike', () => {
    const random = seededRandom(3);
    const seen = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = shuffled(3, random).join('');
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    for (const times of seen.values()) expect(Math.abs(times - 1000)).toBeLessThan(120);
  });
});

describe('normal', () => {
  it('has mean 0, variance 1 and the tails of the normal distribution', () => {
    const random = seededRandom(5);
    const values = Array.from({ length: 50_000 }, () => normal(random));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
    expect(values.filter((value) => Math.abs(value) > 1.96).length / values.length).toBeCloseTo(0.05, 2);
  });
});
