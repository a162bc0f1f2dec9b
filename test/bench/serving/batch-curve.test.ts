import { describe, expect, it } from 'vitest';
import { measureBatchCurve } from '../../../src/bench/serving/batch-curve.js';

describe('measureBatchCurve', () => {
  it('keeps to its time: a slow model gets the few runs that it needs and no more', async () => {
    const runs = new Map<number, number>();
    const pool = {
      run: (_instance: number, batch: number): Promise<boolean> => {
        runs.set(batch, (runs.get(batch) ?? 0) + 1);
        return new Promise((resolve) => setTimeout(resolve, batch * 5, true));
      },
    };
    const points = await measureBatchCurve(pool, { batches: [1, 8], instances: 1, timeMs: 1, seed: 1 });
    expect(points.map(({ batch, times }) => [batch, times.length])).toEqual([
      [1, 3],
      [8, 3],
    ]);
    // Each block has one run before it that does not count.
    expect([...runs.values()]).toEqual([6, 6]);
    expect(points[1]!.times[0]).toBeGreaterThan(points[0]!.times[0]!);
  });

  it('runs as many copies at once as it says', async () => {
    let flying = 0;
    let most = 0;
    const pool = {
      run: async (): Promise<boolean> => {
        most = Math.max(most, ++flying);
        await new Promise((resolve) => setTimeout(resolve, 2));
        flying--;
        return true;
      },
    };
    const points = await measureBatchCurve(pool, { batches: [1], instances: 3, timeMs: 60, seed: 1 });
    expect(points.map(({ instances }) => instances)).toEqual([1, 2, 3]);
    expect(most).toBe(3);
    expect(points.every(({ times }) => times.length >= 3)).toBe(true);
  });
});
