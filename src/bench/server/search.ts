import { quantileSorted } from '../statistics/percentile.js';
import type { ServerResult, ServerTrial } from '../result.js';

/** What has to hold: a figure of the latency, waiting included, in milliseconds. */
export interface LatencyLimit {
  readonly metric: 'mean' | 'p50' | 'p90' | 'p95' | 'p99';
  readonly limitMs: number;
}

/** Sends `requests` at random times, `ratePerS` a second on average, and gives the latency of each. */
export type Serve = (ratePerS: number, requests: number) => Promise<Float64Array>;

export interface SearchOptions {
  readonly limit: LatencyLimit;
  /** Requests a second that the model could answer at most, were they waiting in line. */
  readonly capacityPerS: number;
  /** Requests of one trial. */
  readonly requests: number;
  /** How often the range is halved. */
  readonly steps: number;
}

/** So near to the capacity a queue does not settle in the time of a trial. */
const highestLoad = 0.98;

/** Searches the highest rate that meets a limit by halving, one trial a call, so that several can take turns. */
export class RateSearch {
  readonly #serve: Serve;
  readonly #options: SearchOptions;
  readonly #trials: ServerTrial[] = [];
  #low = 0;
  #high: number;

  constructor(serve: Serve, options: SearchOptions) {
    this.#serve = serve;
    this.#options = options;
    this.#high = options.capacityPerS * highestLoad;
  }

  /** One more trial. */
  async step(): Promise<void> {
    const { limit, requests } = this.#options;
    const rate = (this.#low + this.#high) / 2;
    const sorted = (await this.#serve(rate, requests)).sort();
    const tail = figureOf(sorted, limit.metric);
    const met = tail <= limit.limitMs;
    this.#trials.push({
      rate_per_s: rate,
      requests: sorted.length,
      p50: quantileSorted(sorted, 0.5),
      tail,
      met,
    });
    if (met) this.#low = rate;
    else this.#high = rate;
  }

  get steps(): number {
    return this.#options.steps;
  }

  /** What is known so far; null before the first trial. */
  result(): ServerResult | null {
    if (this.#trials.length === 0) return null;
    return {
      highest_rate_per_s: { value: this.#low, ci95: [this.#low, this.#high] },
      trials: [...this.#trials].sort((a, b) => a.rate_per_s - b.rate_per_s),
    };
  }
}

function figureOf(sorted: Float64Array, metric: LatencyLimit['metric']): number {
  if (metric === 'mean') return sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return quantileSorted(sorted, Number(metric.slice(1)) / 100);
}
