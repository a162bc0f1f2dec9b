import { describe, expect, it } from 'vitest';
import { InferOptError } from '../../src/errors.js';
import { measureLatency, pooled, unrest } from '../../src/bench/latency.js';
import { median } from '../../src/bench/statistics/percentile.js';
import type { Timed } from '../../src/bench/timed.js';
import { warmUp } from '../../src/bench/warm-up.js';
import { normal, seededRandom } from '../../src/tensor/random.js';

/** Says that a run took `ms(number of the run)` without taking it, and writes down who was asked. */
function pretended(name: string, ms: (run: number) => number, calls: string[] = []): Timed {
  let run = 0;
  return {
    timeBlock(count) {
      calls.push(name);
      return Promise.resolve(Float64Array.from({ length: count }, () => ms(run++)));
    },
  };
}

const options = { seed: 1, timeMs: 2000, minimumSamples: 90, timeIsHard: false };

describe('measureLatency', () => {
  it('lets the subjects take turns in a random order that the seed repeats', async () => {
    const order = async (seed: number): Promise<string> => {
      const calls: string[] = [];
      const subjects = [pretended('a', () => 2, calls), pretended('b', () => 1, calls)];
      await measureLatency(subjects, { ...options, seed });
      return calls.join('');
    };
    const first = await order(1);
    const rounds = first.replace(/^a+b+/, '');
    expect(rounds).toMatch(/ab/);
    expect(rounds).toMatch(/ba/);
    expect(await order(1)).toBe(first);
    expect(await order(2)).not.toBe(first);
  });

  it('stops when the interval is tight, with as many rounds and samples as were asked for', async () => {
    const random = seededRandom(3);
    const noisy = (level: number): Timed => pretended('', () => level * (1 + 0.01 * normal(random)));
    const run = await measureLatency([noisy(20), noisy(10)], { ...options, minimumSamples: 200 });
    expect(run.stopped).toBe('precise');
    const [a, b] = run.results.map(({ blocks }) => pooled(blocks));
    expect(a!.length).toBeGreaterThanOrEqual(200);
    expect(median(a!) / median(b!)).toBeCloseTo(2, 1);
  });

  it('goes on while a question is open, and then says that time is up', async () => {
    let asked = 0;
    const run = await measureLatency([pretended('', () => 1), pretended('', () => 1)], {
      ...options,
      timeMs: 200,
      isOpen: () => {
        asked++;
        return true;
      },
    });
    expect(asked).toBeGreaterThan(0);
    expect(run.stopped).toBe('time');
  });

  it('takes the samples that a percentile needs beyond a default time, not beyond a time that was asked for', async () => {
    const slow: Timed = {
      async timeBlock(count) {
        await new Promise((done) => setTimeout(done, 2 * count));
        return new Float64Array(count).fill(2);
      },
    };
    const samples = async (timeIsHard: boolean): Promise<number> => {
      const run = await measureLatency([slow], { ...options, timeMs: 100, minimumSamples: 100, timeIsHard });
      return pooled(run.results[0]!.blocks).length;
    };
    expect(await samples(false)).toBeGreaterThanOrEqual(100);
    expect(await samples(true)).toBeLessThan(100);
  });

  it('goes on without a candidate that fails, and ends when the baseline does', async () => {
    let blocks = 0;
    const dying: Timed = {
      timeBlock(count) {
        if (++blocks > 6) return Promise.reject(new InferOptError('model', 'it died'));
        return Promise.resolve(new Float64Array(count).fill(1));
      },
    };
    const run = await measureLatency([pretended('', () => 1), dying, pretended('', () => 2)], options);
    expect(run.results.map(({ error }) => error?.message)).toEqual([undefined, 'it died', undefined]);
    expect(run.results[2]!.blocks.length).toBeGreaterThan(run.results[1]!.blocks.length);
    blocks = 0;
    await expect(measureLatency([dying, pretended('', () => 1)], options)).rejects.toThrow('it died');
  });
});

describe('warmUp', () => {
  it('runs until the speed is steady', async () => {
    const warmed = await warmUp(
      pretended('', (run) => (run < 100 ? 9 - run / 12.5 : 1)),
      1000,
    );
    expect(warmed.settled).toBe(true);
    expect(warmed.runs).toBeGreaterThan(100);
    expect(warmed.medianMs).toBeCloseTo(1, 1);
  });

  it('gives up at the limit and says so', async () => {
    let level = 1;
    const unsteady: Timed = {
      async timeBlock(count) {
        await new Promise((done) => setTimeout(done, 1));
        level *= 0.9;
        return new Float64Array(count).fill(level);
      },
    };
    const warmed = await warmUp(unsteady, 30);
    expect(warmed.settled).toBe(false);
  });
});

describe('unrest', () => {
  it('is the relative spread of the rounds', () => {
    expect(unrest([1, 1, 1].map((ms) => new Float64Array([ms])))).toBe(0);
    expect(unrest([0.9, 1, 1.1].map((ms) => new Float64Array([ms])))).toBeCloseTo(0.1, 9);
  });
});
