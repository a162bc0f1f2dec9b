import type { Allocation } from './allocations/allocation.js';
import type { WeightBuckets } from './weight-buckets.js';

/**
 * How many of its smallest weights each layer gives, `zeros` over all: as `cheapest` shares them out, but for weights of one
 * bucket, which count as equal.
 */
export function shareOut<Layer>(
  layers: ReadonlyMap<Layer, WeightBuckets>,
  allocation: Allocation,
  zeros: number,
): Map<Layer, number> {
  const owners = [...layers.keys()];
  const entries: { owner: number; score: number; count: number }[] = [];
  [...layers.values()].forEach((buckets, owner) => {
    const scores = allocation.scoreBuckets(buckets);
    buckets.counts.forEach((count, bucket) => {
      if (count > 0) entries.push({ owner, score: scores[bucket]!, count });
    });
  });
  // Scores of one layer grow with the magnitude, so what it gives are its smallest weights; sorting keeps their order.
  entries.sort((a, b) => a.score - b.score);
  const given = owners.map(() => 0);
  let rest = zeros;
  for (const { owner, count } of entries) {
    const taken = Math.min(count, rest);
    given[owner]! += taken;
    rest -= taken;
    if (rest === 0) break;
  }
  return new Map(owners.map((layer, owner) => [layer, given[owner]!]));
}
