import { describe, expect, it } from 'vitest';
import { timingFeeds } from '../../src/bench/timing-feeds.js';
import type { SampleSet } from '../../src/data/types.js';
import { Tensor } from '../../src/tensor/tensor.js';

const rows = (widths: readonly number[]): SampleSet => ({
  size: widths.length,
  get: (i) =>
    Promise.resolve({
      id: `${i}`,
      inputs: new Map([['x', Tensor.float32([1, widths[i]!], Array<number>(widths[i]!).fill(i))]]),
    }),
});

describe('timingFeeds', () => {
  it('takes the first samples as they are', async () => {
    const feeds = await timingFeeds(rows(Array<number>(40).fill(3)), 1);
    expect(feeds).toHaveLength(16);
    expect(feeds[5]!.get('x')!.toFloat32()).toEqual(Float32Array.of(5, 5, 5));
  });

  it('stacks samples of one shape, each again where there are too few', async () => {
    const feeds = await timingFeeds(rows([2, 3, 2, 2]), 4);
    expect(feeds).toHaveLength(1);
    const stacked = feeds[0]!.get('x')!;
    expect(stacked.dims).toEqual([4, 2]);
    expect(Array.from(stacked.toFloat32())).toEqual([0, 0, 2, 2, 3, 3, 0, 0]);
  });

  it('keeps within its memory', async () => {
    const large = {
      ...rows([]),
      size: 100,
      get: (i: number) => Promise.resolve({ id: `${i}`, inputs: big }),
    };
    const big = new Map([['x', Tensor.of('uint8', [1, 2 ** 24], new Uint8Array(2 ** 24))]]);
    expect(await timingFeeds(large, 1)).toHaveLength(4);
  });
});
