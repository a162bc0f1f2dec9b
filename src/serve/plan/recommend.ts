import type { Slo } from './objective.js';
import type { SettingResult } from './plan-result.js';

/** Figures closer than this are the same: the simulation is not better than its measurements. */
const tie = 0.02;

/**
 * The settings that keep up, best first. At a rate: those that keep the promise, fewest instances, least latency.
 * Without a rate: the highest that keeps the promise for each instance. Among equals the one with more in reserve,
 * then the shorter window, then the smaller batch.
 */
export function ranked(
  results: readonly SettingResult[],
  objective: 'latency' | 'rate',
  slo: Slo | undefined,
): SettingResult[] {
  const metric = slo?.metric ?? 'p99';
  const score = (result: SettingResult): number =>
    objective === 'rate'
      ? -(result.max_rate_per_s ?? 0) / result.settings.instances
      : (result.figures?.[`${metric}_ms`] ?? Infinity);
  const able = results.filter(({ figures }) => figures !== null);
  const groups = new Map<string, SettingResult[]>();
  for (const result of able) {
    const keeps = result.meets_slo !== false ? 0 : 1;
    // Several instances are worth their cost only where fewer do not keep the promise, or are clearly slower.
    const key = `${keeps} ${objective === 'latency' && slo !== undefined && keeps === 0 ? String(result.settings.instances).padStart(6, '0') : 0}`;
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  return [...groups.keys()].sort().flatMap((key) => ordered(groups.get(key)!, score));
}

function ordered(
  results: readonly SettingResult[],
  score: (result: SettingResult) => number,
): SettingResult[] {
  const sorted = [...results].sort((a, b) => score(a) - score(b));
  const [best] = sorted;
  if (best === undefined) return [];
  const limit = score(best) + Math.abs(score(best)) * tie;
  const equals = sorted.filter((result) => score(result) <= limit);
  const first = equals.sort(
    (a, b) =>
      a.settings.instances - b.settings.instances ||
      reserve(b) - reserve(a) ||
      (a.settings.window_ms ?? Infinity) - (b.settings.window_ms ?? Infinity) ||
      a.settings.max_batch - b.settings.max_batch,
  )[0]!;
  return [first, ...sorted.filter((result) => result !== first)];
}

/** Capacity in steps of a tenth: less is no reserve worth a longer window. */
function reserve({ capacity_per_s: capacity }: SettingResult): number {
  return Math.floor(Math.log(capacity) / Math.log(1.1));
}
