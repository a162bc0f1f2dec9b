import { describe, expect, it } from 'vitest';
import { paretoFront } from '../../src/search/front.js';
import { candidate, measured } from './measured.js';

const dropped = (value: number) => ({ drop: { top1: { value, ci95: null } } });
const original = measured(1, { bytes: 4000, accuracy: { top1: 0.9 }, drop: {} });

describe('the Pareto front', () => {
  it('holds what no other beats in latency, accuracy and size at once, the fastest first', () => {
    const front = paretoFront(
      [
        candidate('fast', measured(4, { ...dropped(0.05), bytes: 1000 })),
        candidate('beaten', measured(3, { ...dropped(0.06), bytes: 1000 })),
        candidate('exact', measured(1.5, { ...dropped(0), bytes: 4000 })),
        candidate('small', measured(0.8, { ...dropped(0.01), bytes: 500 })),
      ],
      original,
    );
    expect(front.map(({ name }) => name)).toEqual(['fast', 'exact', 'small']);
    expect(front[0]).toEqual({
      name: 'fast',
      latency_ms: 2.5,
      bytes: 1000,
      quality: { metric: 'top1', value: expect.closeTo(0.85) as number },
    });
  });

  it('agrees with comparing every pair', () => {
    const list = Array.from({ length: 30 }, (_, i) =>
      candidate(
        `c${i}`,
        measured(1 + ((i * 7) % 11) / 4, {
          ...dropped(((i * 5) % 13) / 100),
          bytes: 500 + ((i * 3) % 7) * 100,
        }),
      ),
    );
    const points = list.map(
      ({ name, search }) =>
        [name, 10 / search!.speedup!.value, search!.drop.top1!.value, search!.bytes] as const,
    );
    const best = points.filter(
      (p, i) =>
        !points.some((q, j) => {
          const noWorse = q[1] <= p[1] && q[2] <= p[2] && q[3] <= p[3];
          const equal = q[1] === p[1] && q[2] === p[2] && q[3] === p[3];
          return noWorse && (!equal || j < i);
        }),
    );
    const names = paretoFront(list, measured(1, { bytes: 9999 })).map(({ name }) => name);
    expect(names.filter((name) => name !== 'original').sort()).toEqual(best.map(([name]) => name).sort());
  });

  it('leaves out what failed, and goes by cosine without labels', () => {
    const bare = { accuracy: {}, drop: {} };
    const front = paretoFront(
      [
        candidate('a', measured(2, bare)),
        candidate('b', measured(9, { ...bare, error: 'crashed' })),
        candidate('c', null),
      ],
      measured(1, { ...bare, bytes: 4000, outputs: { cosine: 1, sqnr_db: null, max_abs: 0, agreement: 1 } }),
    );
    expect(front.map(({ name, quality }) => [name, quality.metric])).toEqual([
      ['a', 'cosine'],
      ['original', 'cosine'],
    ]);
  });
});
