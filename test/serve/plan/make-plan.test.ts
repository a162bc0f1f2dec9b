import { describe, expect, it } from 'vitest';
import { silentProgress } from '../../../src/progress.js';
import { capacityOf, highestRate } from '../../../src/serve/plan/evaluate.js';
import { poissonArrivals } from '../../../src/bench/serving/arrivals.js';
import { makePlan, type PlanWishes } from '../../../src/serve/plan/make-plan.js';
import { parseRate, parseSlo } from '../../../src/serve/plan/objective.js';
import { constantTimes, ServiceTimes } from '../../../src/serve/plan/service-times.js';

/** A device that likes batches: 4 ms to start, half a millisecond for each sample. */
const eager = constantTimes({ 1: 4.5, 2: 5, 4: 6, 8: 8, 16: 12 });
/** A device that gains nothing. */
const plain = constantTimes({ 1: 4, 2: 8, 4: 16, 8: 32 });

const plan = (more: Partial<PlanWishes>) =>
  makePlan({
    service: [eager],
    ratePerS: undefined,
    slo: undefined,
    trace: undefined,
    requests: 8000,
    seed: 1,
    windows: undefined,
    queueLimit: 0,
    staticBatch: 8,
    progress: silentProgress,
    ...more,
  });

describe('makePlan', () => {
  it('batches where batches pay, and beats both simple ways', async () => {
    const { recommendation, alternatives } = await plan({
      ratePerS: 600,
      slo: { metric: 'p99', limitMs: 40 },
    });
    expect(recommendation!.settings.max_batch).toBeGreaterThan(1);
    expect(recommendation!.meets_slo).toBe(true);
    // One at a time ends at 1000 / 4.5 a second.
    expect(alternatives.no_batching.figures).toBeNull();
    expect(alternatives.no_batching.capacity_per_s).toBeCloseTo(1000 / 4.5);
    expect(recommendation!.figures!.p99_ms).toBeLessThan(alternatives.static_batch!.figures!.p99_ms);
  });

  it('does not wait where nothing is gained', async () => {
    const { recommendation } = await plan({ service: [plain], ratePerS: 100 });
    expect(recommendation!.settings.window_ms).toBe(0);
  });

  it('finds the highest rate that keeps a promise', async () => {
    const { objective, recommendation, alternatives } = await plan({ slo: { metric: 'p99', limitMs: 30 } });
    expect(objective).toBe('rate');
    const most = recommendation!.max_rate_per_s!;
    expect(most).toBeGreaterThan(alternatives.no_batching.max_rate_per_s!);
    expect(recommendation!.figures!.p99_ms).toBeLessThanOrEqual(30);
    expect(most).toBeLessThanOrEqual((16 / 12) * 1000);
  });

  it('takes a second instance only where one does not keep the promise', async () => {
    const slo = { metric: 'p99', limitMs: 30 } as const;
    const service = [plain, plain];
    expect((await plan({ service, ratePerS: 100, slo })).recommendation!.settings.instances).toBe(1);
    expect((await plan({ service, ratePerS: 350, slo })).recommendation!.settings.instances).toBe(2);
  });

  it('says so when nothing keeps up, or nothing keeps the promise', async () => {
    const overloaded = await plan({ ratePerS: 5000 });
    expect(overloaded.recommendation).toBeNull();
    expect(overloaded.warnings[0]).toContain('no setting keeps up with 5000');
    const late = await plan({ ratePerS: 100, slo: { metric: 'p50', limitMs: 1 } });
    expect(late.recommendation!.meets_slo).toBe(false);
    expect(late.warnings[0]).toContain('no setting keeps p50 <= 1 ms at 100');
  });

  it('shows from the speedboat to the cargo ship: latency rises with the rate', async () => {
    const { front } = await plan({ ratePerS: 300 });
    expect(front.length).toBeGreaterThan(5);
    expect(front.at(-1)!.mean_batch).toBeGreaterThan(front[0]!.mean_batch);
    expect(front.at(-1)!.p99_ms).toBeGreaterThan(front[0]!.p99_ms);
    expect(front.at(-1)!.no_batching_p99_ms).toBeNull();
  });

  it('is the same again with the same seed', async () => {
    expect(await plan({ ratePerS: 300 })).toEqual(await plan({ ratePerS: 300 }));
  });

  it('needs a rate or a promise', async () => {
    await expect(plan({})).rejects.toThrow('a plan needs a rate or a promise');
  });

  it('stops when it is aborted, between two settings', async () => {
    const controller = new AbortController();
    const planning = plan({ ratePerS: 300, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(planning).rejects.toThrow('enough');
  });
});

describe('evaluate', () => {
  it('knows the capacity, and finds a rate close to it when the promise is loose', () => {
    const setting = { max_batch: 16, window_ms: 0, preferred: [], instances: 1, queue_limit: 0 };
    expect(capacityOf(setting, [eager])).toBeCloseTo((16 / 12) * 1000);
    const bench = {
      service: [eager],
      pattern: poissonArrivals(1000, 8000, 1),
      skip: 800,
      seed: 1,
      slo: { metric: 'p99', limitMs: 1000 } as const,
    };
    expect(highestRate(setting, bench)).toBeGreaterThan(0.95 * (16 / 12) * 1000);
  });
});

describe('service times', () => {
  it('lie on a line between measured sizes, quantile by quantile', () => {
    const times = new ServiceTimes([
      { batch: 8, times: Float64Array.of(20, 40) },
      { batch: 4, times: Float64Array.of(10, 20) },
    ]);
    expect(times.mean(6)).toBeCloseTo(22.5);
    expect(times.quantile(6, 0)).toBeCloseTo(15);
    expect(times.quantile(6, 1)).toBeCloseTo(30);
    expect(times.quantile(2, 0.5)).toBeCloseTo(15);
    expect(times.largest).toBe(8);
  });
});

describe('words', () => {
  it.each([
    ['p99 <= 20ms', 'p99', 20],
    ['latency.p50<1s', 'p50', 1000],
    ['mean <= 500us', 'mean', 0.5],
  ])('reads the promise %j', (text, metric, limitMs) => {
    expect(parseSlo(text)).toEqual({ metric, limitMs });
  });

  it.each(['p99 >= 20ms', 'p98 <= 20ms', 'p99 <= 20', 'p99 <= 0ms'])('refuses the promise %j', (text) => {
    expect(() => parseSlo(text)).toThrow('no promise that can be kept');
  });

  it.each([
    ['300/s', 300],
    ['30', 30],
    ['120/m', 2],
    ['1.5 / s', 1.5],
  ])('reads the rate %j', (text, rate) => {
    expect(parseRate(text)).toBe(rate);
  });

  it.each(['0/s', 'fast', '-3/s', '3/d'])('refuses the rate %j', (text) => {
    expect(() => parseRate(text)).toThrow('no rate');
  });
});
