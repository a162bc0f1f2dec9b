import { describe, expect, it } from 'vitest';
import { dropOf } from '../../src/bench/drops.js';
import { labelMetrics } from '../../src/bench/metrics/list.js';

const metric = (name: string) => labelMetrics.find((one) => one.name === name)!;

describe('drops', () => {
  it('of shares pair the answers', () => {
    const kept = [true, true, true, false];
    const drop = dropOf(
      { metric: metric('top1'), kept },
      { metric: metric('top1'), kept: [true, false, false, true] },
      1,
    );
    expect(drop).toMatchObject({ value: 0.25, only_baseline: 2, only_candidate: 1 });
  });

  it('of other metrics are positive when the candidate is worse, whichever way the metric counts', () => {
    const sums = (absolute: number): object => ({
      count: 1,
      absolute,
      squared: absolute ** 2,
      label: 1,
      labelSquared: 1,
    });
    const baseline = Array.from({ length: 50 }, (_, i) => sums(1 + (i % 5) / 10));
    const worse = Array.from({ length: 50 }, (_, i) => sums(1.5 + (i % 5) / 10));
    const drop = dropOf({ metric: metric('mae'), kept: baseline }, { metric: metric('mae'), kept: worse }, 1);
    // Every sample is worse by half: pairing leaves no noise.
    expect(drop!.value).toBeCloseTo(0.5, 9);
    expect(drop!.ci95![0]).toBeCloseTo(0.5, 9);
    expect(drop!.ci95![1]).toBeCloseTo(0.5, 9);
    expect(drop!.only_baseline).toBeNull();
  });

  it('are not made of answers to different samples', () => {
    expect(
      dropOf({ metric: metric('top1'), kept: [true] }, { metric: metric('top1'), kept: [] }, 1),
    ).toBeUndefined();
  });
});
