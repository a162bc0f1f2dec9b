import { describe, expect, it } from 'vitest';
import { poissonArrivals } from '../../../src/bench/serving/arrivals.js';
import { RateSearch } from '../../../src/bench/server/search.js';
import { waitQuantileMD1 } from '../../../src/serve/plan/queueing-theory.js';

const service = 10;

/** One server that takes 10 ms for every request, in time that is computed and not waited for. */
function simulated(): (ratePerS: number, requests: number) => Promise<Float64Array> {
  let seed = 1;
  return (ratePerS, requests) => {
    let free = 0;
    const latencies = poissonArrivals(ratePerS, requests, seed++).map((arrival) => {
      free = Math.max(free, arrival) + service;
      return free - arrival;
    });
    return Promise.resolve(latencies);
  };
}

/** The rate at which the quantile of the latency reaches the limit, by queueing theory. */
function theory(p: number, limitMs: number): number {
  let [low, high] = [0, 1 / service];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (service + waitQuantileMD1(middle, service, p) <= limitMs) low = middle;
    else high = middle;
  }
  return low * 1000;
}

async function search(
  metric: 'p99' | 'p90' | 'mean',
  limitMs: number,
  requests = 20_000,
): Promise<RateSearch> {
  const found = new RateSearch(simulated(), {
    limit: { metric, limitMs },
    capacityPerS: 1000 / service,
    requests,
    steps: 8,
  });
  for (let i = 0; i < found.steps; i++) await found.step();
  return found;
}

describe('the search of rates', () => {
  it.each([
    ['p99', 0.99, 40],
    ['p99', 0.99, 60],
    ['p90', 0.9, 30],
  ] as const)('agrees with M/D/1 within 10%%: %s (%d) <= %d ms', async (metric, p, limitMs) => {
    const { highest_rate_per_s: rate } = (await search(metric, limitMs)).result()!;
    const expected = theory(p, limitMs);
    expect(Math.abs(rate.value / expected - 1)).toBeLessThan(0.1);
  });

  it('agrees with Pollaczek and Khinchine on the mean', async () => {
    const { highest_rate_per_s: rate } = (await search('mean', 20)).result()!;
    // rho / (2 (1 - rho)) = 1 at rho = 2/3.
    expect(Math.abs(rate.value / (1000 / service / 1.5) - 1)).toBeLessThan(0.1);
  });

  it('finds 0 where no rate meets the limit, and tells what it tried', async () => {
    const { highest_rate_per_s: rate, trials } = (await search('p99', 5, 500)).result()!;
    expect(rate.value).toBe(0);
    expect(trials).toHaveLength(8);
    expect(trials.every(({ met, tail }) => !met && tail > 5)).toBe(true);
    expect(trials.map((trial) => trial.rate_per_s)).toEqual(
      [...trials.map((trial) => trial.rate_per_s)].sort((a, b) => a - b),
    );
  });
});
