import { describe, expect, it } from 'vitest';
import { allocations } from '../../../src/prune/magnitude/allocations/list.js';
import type { Layer } from '../../../src/prune/layer.js';
import { cheapest } from '../../../src/prune/magnitude/scores.js';
import { shareOut } from '../../../src/prune/magnitude/share-out.js';
import { bucketsOf, withoutSmallest } from '../../../src/prune/magnitude/weight-buckets.js';
import { seededRandom } from '../../../src/tensor/random.js';

/** Sums of four uniform numbers: most are small, and no two alike. */
function drawn(count: number, deviation: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => (random() + random() - random() - random()) * deviation);
}

/** What sorting says. */
function sortedCut(weights: Float32Array, zeros: number): number[] {
  const order = [...weights.keys()].sort((a, b) => Math.abs(weights[a]!) - Math.abs(weights[b]!) || a - b);
  const gone = new Set(order.slice(0, zeros));
  return [...weights].map((weight, at) => (gone.has(at) ? 0 : weight));
}

describe('withoutSmallest', () => {
  const cases = {
    'numbers of all sizes': drawn(999, 1, 1),
    'mostly zeros, of both signs': Float32Array.from(drawn(500, 1, 2), (x, i) =>
      i % 5 ? (i % 2 ? 0 : -0) : x,
    ),
    'many equal ones': Float32Array.from(drawn(500, 1, 3), (x) => Math.round(x * 3)),
    'one bucket': Float32Array.from({ length: 300 }, (_, i) => 1 + ((i * 7) % 300) * 2 ** -20),
    'subnormal numbers': drawn(300, 1e-40, 4),
  };
  for (const [name, weights] of Object.entries(cases)) {
    it(`takes exactly the smallest: ${name}`, () => {
      for (const zeros of [0, 1, 17, Math.floor(weights.length / 2), weights.length - 1, weights.length]) {
        const found = withoutSmallest(weights, zeros, bucketsOf(weights));
        expect([...found].map(Math.abs), `${zeros}`).toEqual(sortedCut(weights, zeros).map(Math.abs));
      }
    });
  }
});

describe('shareOut', () => {
  const layers = [drawn(4000, 1, 5), drawn(900, 0.1, 6), drawn(2500, 3, 7)];
  const keys = layers.map(() => ({}) as Layer);

  for (const allocation of allocations) {
    it(`shares out as sorting every weight does: ${allocation.name}`, () => {
      const scores = new Map(keys.map((key, at) => [key, allocation.score(Float64Array.from(layers[at]!))]));
      const buckets = new Map(keys.map((key, at) => [key, bucketsOf(layers[at]!)]));
      for (const zeros of [0, 1, 1000, 3700, 7000, 7400]) {
        const exact = [...cheapest(scores, zeros).values()].map((mask) =>
          mask.reduce((count, one) => count + (one === 0 ? 1 : 0), 0),
        );
        const found = [...shareOut(buckets, allocation, zeros).values()];
        expect(found.reduce((a, b) => a + b, 0)).toBe(zeros);
        found.forEach((count, at) => {
          expect(Math.abs(count - exact[at]!), `layer ${at} of ${zeros}`).toBeLessThanOrEqual(
            0.005 * layers[at]!.length,
          );
        });
      }
    });
  }
});
