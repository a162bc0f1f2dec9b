import type { Arrivals } from '../../bench/serving/arrivals.js';
import { atRate } from '../../bench/serving/arrivals.js';
import { figuresOf } from './figures.js';
import type { Slo } from './objective.js';
import type { Figures, Setting, SettingResult } from './plan-result.js';
import type { ServiceTimes } from './service-times.js';
import { simulate } from './simulate.js';

/** What settings are tried against. */
export interface Workbench {
  /** By the number of instances that compute at once, 1 first. */
  readonly service: readonly ServiceTimes[];
  /** A pattern of arrivals; its rate is changed as needed. */
  readonly pattern: Arrivals;
  /** Requests at the start that do not count: the server was empty. */
  readonly skip: number;
  readonly seed: number;
  readonly slo: Slo | undefined;
}

/** Requests a second at which the instances are always busy with the batch that is the most efficient. */
export function capacityOf(setting: Setting, service: readonly ServiceTimes[]): number {
  const times = service[Math.min(setting.instances, service.length) - 1]!;
  const least = setting.window_ms === null ? setting.max_batch : 1;
  let best = 0;
  for (let batch = least; batch <= setting.max_batch; batch++) {
    best = Math.max(best, (setting.instances * batch * 1000) / times.mean(batch));
  }
  return best;
}

/** Simulates a setting at a rate; no figures where it cannot keep up. */
export function evaluate(setting: Setting, ratePerS: number, bench: Workbench): SettingResult {
  const capacity = capacityOf(setting, bench.service);
  // A limited queue refuses what is too much, and so has figures at any rate.
  const keepsUp = ratePerS < capacity || setting.queue_limit > 0;
  const figures = keepsUp ? figuresAt(setting, ratePerS, bench) : null;
  return {
    settings: setting,
    capacity_per_s: capacity,
    rate_per_s: ratePerS,
    figures,
    meets_slo: bench.slo === undefined ? null : meets(figures, bench.slo),
    max_rate_per_s: null,
  };
}

export function figuresAt(setting: Setting, ratePerS: number, bench: Workbench): Figures {
  const server = {
    maxBatch: setting.max_batch,
    windowMs: setting.window_ms ?? Infinity,
    preferred: setting.preferred,
    instances: setting.instances,
    queueLimit: setting.queue_limit,
    service: bench.service,
  };
  return figuresOf(
    simulate(atRate(bench.pattern, ratePerS), server, bench.seed),
    setting.instances,
    bench.skip,
  );
}

function meets(figures: Figures | null, slo: Slo): boolean {
  return figures !== null && figures.refused === 0 && figures[`${slo.metric}_ms`] <= slo.limitMs;
}

/**
 * The highest rate at which a setting keeps the promise, by bisection up to its capacity; 0 when it cannot even at a
 * hundredth of that. Static batching is slow at low rates too, so the search goes down from the top.
 */
export function highestRate(setting: Setting, bench: Workbench): number {
  const { slo } = bench;
  if (slo === undefined) return 0;
  const capacity = capacityOf(setting, bench.service);
  const keeps = (rate: number): boolean => meets(figuresAt(setting, rate, bench), slo);
  const shares = [0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.01];
  const found = shares.findIndex((share) => keeps(share * capacity));
  if (found < 0) return 0;
  let low = shares[found]! * capacity;
  if (found === 0) return low;
  let high = shares[found - 1]! * capacity;
  for (let step = 0; step < 6; step++) {
    const middle = (low + high) / 2;
    if (keeps(middle)) low = middle;
    else high = middle;
  }
  return low;
}
