import { describe, expect, it } from 'vitest';
import { parseShard, partOf } from '../../src/search/shard.js';

describe('shards', () => {
  it('counts from 1, and from 0 where Kubernetes does', () => {
    expect(parseShard('1/4', {})).toEqual({ index: 1, count: 4 });
    expect(parseShard('4', { JOB_COMPLETION_INDEX: '3' })).toEqual({ index: 4, count: 4 });
    expect(parseShard('2/4', { JOB_COMPLETION_INDEX: '3' })).toEqual({ index: 2, count: 4 });
  });

  it.each(['0/4', '5/4', '1/0', '4', 'x', '-1/4', '1/4/2', '', '1.5/4'])('refuses %j', (text) => {
    expect(() => parseShard(text, {})).toThrow('--shard');
  });

  it('deals every member to exactly one part', () => {
    const list = Array.from({ length: 11 }, (_, i) => i);
    const parts = [1, 2, 3, 4].map((index) => partOf(list, { index, count: 4 }));
    expect(parts.flat().sort((a, b) => a - b)).toEqual(list);
    expect(parts[1]).toEqual([1, 5, 9]);
    expect(partOf(list, undefined)).toEqual(list);
  });
});
