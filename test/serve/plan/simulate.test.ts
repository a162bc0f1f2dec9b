import { describe, expect, it } from 'vitest';
import { atRate, poissonArrivals, rateOf } from '../../../src/bench/serving/arrivals.js';
import { meanWaitMD1, waitQuantileMD1 } from '../../../src/serve/plan/queueing-theory.js';
import { constantTimes } from '../../../src/serve/plan/service-times.js';
import { simulate, type SimulatedServer } from '../../../src/serve/plan/simulate.js';

const server = (more: Partial<SimulatedServer> = {}): SimulatedServer => ({
  maxBatch: 1,
  windowMs: 0,
  preferred: [],
  instances: 1,
  queueLimit: 0,
  service: [constantTimes({ 1: 10 })],
  ...more,
});
const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const at = (...times: number[]): Float64Array => Float64Array.from(times);

describe('M/D/1', () => {
  it.each([0.3, 0.6, 0.8])('agrees with theory at a load of %d', (load) => {
    const rate = load * 100;
    const arrivals = poissonArrivals(rate, 1_000_000, 7);
    const { waits, busyMs, spanMs } = simulate(arrivals, server(), 1);
    expect(mean(waits) / meanWaitMD1(rate / 1000, 10)).toBeCloseTo(1, 1.7);
    const p99 = waits.toSorted()[Math.floor(waits.length * 0.99)]!;
    expect(Math.abs(p99 / waitQuantileMD1(rate / 1000, 10, 0.99) - 1)).toBeLessThan(0.02);
    expect(busyMs / spanMs).toBeCloseTo(load, 2);
  });

  it('has the waits that are known by heart', () => {
    // Half loaded, one waits half a service time on average; half of the requests do not wait at all.
    expect(meanWaitMD1(0.05, 10)).toBeCloseTo(5);
    expect(waitQuantileMD1(0.05, 10, 0.4)).toBeLessThan(1e-6);
  });
});

describe('simulate', () => {
  it('does not go round for ever where a time is no number', () => {
    const broken = server({ service: [constantTimes({ 1: NaN })] });
    expect(() => simulate(at(0, 1, 2), broken, 1)).toThrow('stands still');
    expect(() => simulate(at(0, NaN), server(), 1)).toThrow('stands still');
  });

  const service = [constantTimes({ 1: 10, 4: 16 })];

  it('sends what is there with a window of 0', () => {
    const { latencies, batches } = simulate(at(0, 1, 2, 3), server({ maxBatch: 4, service }), 1);
    // One alone for 10 ms; the three that came meanwhile together for 14 ms.
    expect([...latencies]).toEqual([10, 23, 22, 21]);
    expect(batches).toBe(2);
  });

  it('waits for the window, and not longer when the batch is full', () => {
    const rule = { maxBatch: 4, windowMs: 5, service };
    expect([...simulate(at(0, 1), server(rule), 1).latencies]).toEqual([17, 16]);
    expect([...simulate(at(0, 1, 2, 3), server(rule), 1).latencies]).toEqual([19, 18, 17, 16]);
  });

  it('counts the window from the arrival, also while the instance was busy', () => {
    const rule = { maxBatch: 4, windowMs: 5, service };
    // The first goes at 5 and ends at 15; the second has waited long enough by then.
    expect([...simulate(at(0, 6), server(rule), 1).latencies]).toEqual([15, 19]);
  });

  it('sends a preferred size at once', () => {
    const rule = { maxBatch: 4, preferred: [2], windowMs: 50, service };
    expect([...simulate(at(0, 1), server(rule), 1).latencies]).toEqual([13, 12]);
  });

  it('batches statically with an endless window', () => {
    const rule = { maxBatch: 2, windowMs: Infinity, service: [constantTimes({ 2: 12 })] };
    expect([...simulate(at(0, 100, 200), server(rule), 1).latencies]).toEqual([112, 12, 12]);
  });

  it('runs instances side by side, slower when they share the machine', () => {
    const shared = [constantTimes({ 1: 10 }), constantTimes({ 1: 15 })];
    const { latencies } = simulate(at(0, 1, 2), server({ instances: 2, service: shared }), 1);
    expect([...latencies]).toEqual([10, 15, 23]);
  });

  it('refuses what the queue does not hold', () => {
    const { latencies, refused } = simulate(at(0, 1, 2, 3), server({ queueLimit: 2 }), 1);
    expect([...latencies]).toEqual([10, 19, 28, NaN]);
    expect(refused).toBe(1);
  });

  it('answers everybody, in order, whatever the rule is', () => {
    const arrivals = poissonArrivals(400, 5000, 3);
    for (const [maxBatch, windowMs, instances] of [
      [8, 3, 1],
      [3, 0, 2],
      [8, Infinity, 3],
    ] as const) {
      const rule = { maxBatch, windowMs, instances, service: [constantTimes({ 1: 2, 8: 9 })] };
      const { latencies, waits } = simulate(arrivals, server(rule), 1);
      expect(latencies.every((value) => value >= 2 - 1e-9)).toBe(true);
      const starts = arrivals.map((time, index) => time + waits[index]!);
      expect(starts.every((time, index) => index === 0 || time >= starts[index - 1]! - 1e-9)).toBe(true);
    }
  });
});

describe('arrivals', () => {
  it('have their rate, and the spread of a Poisson process', () => {
    const arrivals = poissonArrivals(250, 100_000, 5);
    expect(rateOf(arrivals)).toBeCloseTo(250, -0.5);
    const gaps = arrivals.slice(1).map((time, index) => time - arrivals[index]!);
    const average = mean(gaps);
    const variance = mean(gaps.map((gap) => (gap - average) ** 2));
    expect(Math.sqrt(variance) / average).toBeCloseTo(1, 1);
    expect(rateOf(atRate(arrivals, 40))).toBeCloseTo(40);
  });
});
