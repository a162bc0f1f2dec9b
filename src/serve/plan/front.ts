import { capacityOf, evaluate, type Workbench } from './evaluate.js';
import type { FrontPoint, Setting, SettingResult } from './plan-result.js';

const shares = [0.1, 0.25, 0.4, 0.55, 0.7, 0.8, 0.9, 0.95];

/**
 * From the speedboat to the cargo ship: for rates up to what the machine can do, the setting with the least p99, and
 * beside it what one request at a time and a static batch would have.
 */
export function latencyFront(
  settings: readonly Setting[],
  simple: { readonly noBatching: Setting; readonly staticBatch: Setting | undefined },
  { bench, screening }: { readonly bench: Workbench; readonly screening: Workbench },
): FrontPoint[] {
  const highest = Math.max(...settings.map((setting) => capacityOf(setting, bench.service)));
  return shares.flatMap((share) => {
    const rate = share * highest;
    let best: SettingResult | undefined;
    for (const setting of settings) {
      const result = evaluate(setting, rate, screening);
      if (result.figures !== null && (best?.figures?.p99_ms ?? Infinity) > result.figures.p99_ms)
        best = result;
    }
    const figures = best === undefined ? null : evaluate(best.settings, rate, bench).figures;
    if (best === undefined || figures === null) return [];
    const p99 = (setting: Setting | undefined): number | null =>
      setting === undefined ? null : (evaluate(setting, rate, bench).figures?.p99_ms ?? null);
    return [
      {
        rate_per_s: rate,
        settings: best.settings,
        p50_ms: figures.p50_ms,
        p99_ms: figures.p99_ms,
        mean_batch: figures.mean_batch,
        no_batching_p99_ms: p99(simple.noBatching),
        static_p99_ms: p99(simple.staticBatch),
      },
    ];
  });
}
