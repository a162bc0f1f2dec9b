import { poissonArrivals, type Arrivals } from '../../bench/serving/arrivals.js';
import { InferOptError } from '../../errors.js';
import type { Progress } from '../../progress.js';
import { capacityOf, evaluate, highestRate, type Workbench } from './evaluate.js';
import { latencyFront } from './front.js';
import type { Slo } from './objective.js';
import type { FrontPoint, PlanResult, Setting, SettingResult } from './plan-result.js';
import { ranked } from './recommend.js';
import type { ServiceTimes } from './service-times.js';
import { settingsGrid } from './settings-grid.js';

export interface PlanWishes {
  /** By the number of instances that compute at once, 1 first. */
  readonly service: readonly ServiceTimes[];
  /** Undefined to look for the highest rate that keeps the promise. */
  readonly ratePerS: number | undefined;
  readonly slo: Slo | undefined;
  readonly trace: Arrivals | undefined;
  /** How many requests are simulated, where there is no trace. */
  readonly requests: number;
  readonly seed: number;
  readonly windows: readonly number[] | undefined;
  readonly queueLimit: number;
  readonly staticBatch: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export type PlannedServing = Pick<
  PlanResult,
  'objective' | 'settings' | 'recommendation' | 'alternatives' | 'front' | 'warnings'
>;

/** So many requests tell settings apart; the figures of those that are shown come from all. */
const screeningRequests = 4000;

/** How many settings of those are then looked at with all requests. */
const finalists = 5;

/** The first tenth of made-up arrivals meets a server that is emptier than it will be. */
const skippedShare = 0.1;

/**
 * Tries every setting of the grid in simulation and ranks them. Without a rate a promise is needed: the highest
 * rate that keeps it is then what is looked for. Between settings others get their turn, so that an abort is heard.
 */
export async function makePlan(wishes: PlanWishes): Promise<PlannedServing> {
  const { service, slo, ratePerS } = wishes;
  const [single] = service;
  if (single === undefined) throw new InferOptError('internal', 'there are no service times');
  if (ratePerS === undefined && slo === undefined)
    throw new InferOptError('usage', 'a plan needs a rate or a promise', {
      hint: "give --rate 300/s, --slo 'p99 <= 20ms', or both",
    });
  const bench: Workbench = {
    service,
    pattern: wishes.trace ?? poissonArrivals(1000, wishes.requests, wishes.seed),
    skip: wishes.trace === undefined ? Math.floor(wishes.requests * skippedShare) : 0,
    seed: wishes.seed,
    slo,
  };
  const screening: Workbench = {
    ...bench,
    pattern: bench.pattern.subarray(0, Math.max(screeningRequests, bench.skip)),
    skip: Math.min(bench.skip, screeningRequests * skippedShare),
  };
  const grid = settingsGrid(
    {
      batches: single.sizes,
      windows: wishes.windows,
      instances: service.map((_, index) => index + 1),
      queueLimit: wishes.queueLimit,
    },
    single,
  );
  const objective = ratePerS === undefined ? 'rate' : 'latency';
  const step = wishes.progress.start('Simulating', grid.length);
  try {
    const judge = (setting: Setting, on = bench): SettingResult => {
      if (ratePerS !== undefined) return evaluate(setting, ratePerS, bench);
      const rate = highestRate(setting, on);
      // Where nothing keeps the promise, the figures show by how much: at a tenth of the capacity.
      const shown = rate > 0 ? rate : 0.1 * capacityOf(setting, service);
      return { ...evaluate(setting, shown, on), max_rate_per_s: rate };
    };
    const results: SettingResult[] = [];
    for (const setting of grid) {
      await new Promise(setImmediate);
      wishes.signal?.throwIfAborted();
      results.push(judge(setting, screening));
      step.advance();
    }
    const first = ranked(results, objective, slo);
    const order =
      objective === 'latency'
        ? first
        : [
            ...ranked(
              first.slice(0, finalists).map((result) => judge(result.settings)),
              objective,
              slo,
            ),
            ...first.slice(finalists),
          ];
    const withHighest = (result: SettingResult): SettingResult =>
      slo === undefined || result.max_rate_per_s !== null
        ? result
        : { ...result, max_rate_per_s: highestRate(result.settings, bench) };
    const recommendation = order[0] === undefined ? null : withHighest(order[0]);
    const simple = simpleSettings(recommendation?.settings.instances ?? service.length, wishes, single);
    const compare = (setting: Setting): SettingResult =>
      withHighest(
        recommendation === null ? judge(setting) : evaluate(setting, recommendation.rate_per_s, bench),
      );
    return {
      objective,
      settings: order,
      recommendation,
      alternatives: {
        no_batching: compare(simple.noBatching),
        static_batch: simple.staticBatch === undefined ? null : compare(simple.staticBatch),
      },
      front: frontOf(grid, recommendation, simple, { bench, screening }),
      warnings: warningsOf(recommendation, wishes),
    };
  } finally {
    step.done();
  }
}

/** One request at a time, and a batch that is always full, with as many instances. */
function simpleSettings(
  instances: number,
  { queueLimit, staticBatch }: PlanWishes,
  single: ServiceTimes,
): { noBatching: Setting; staticBatch: Setting | undefined } {
  const common = { preferred: [], instances, queue_limit: queueLimit };
  return {
    noBatching: { ...common, max_batch: 1, window_ms: 0 },
    staticBatch:
      staticBatch > 1 && staticBatch <= single.largest
        ? { ...common, max_batch: staticBatch, window_ms: null }
        : undefined,
  };
}

/** Over the settings with as many instances as are recommended. */
function frontOf(
  grid: readonly Setting[],
  recommendation: SettingResult | null,
  simple: { noBatching: Setting; staticBatch: Setting | undefined },
  benches: { readonly bench: Workbench; readonly screening: Workbench },
): FrontPoint[] {
  const instances =
    recommendation?.settings.instances ?? Math.max(...grid.map((setting) => setting.instances));
  return latencyFront(
    grid.filter((setting) => setting.instances === instances),
    simple,
    benches,
  );
}

function warningsOf(recommendation: SettingResult | null, { ratePerS, slo }: PlanWishes): string[] {
  if (recommendation === null) {
    return [
      `no setting keeps up with ${String(ratePerS)} requests a second: try more --instances, or more machines`,
    ];
  }
  if (slo === undefined || recommendation.meets_slo !== false) return [];
  const most = recommendation.max_rate_per_s ?? 0;
  return [
    `no setting keeps ${slo.metric} <= ${slo.limitMs} ms` +
      (ratePerS === undefined ? '' : ` at ${ratePerS} requests a second`) +
      (most > 0 ? `; the recommended one does up to ${most.toFixed(0)} a second` : ' at any rate'),
  ];
}
