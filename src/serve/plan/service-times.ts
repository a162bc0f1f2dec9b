import { quantileSorted } from '../../bench/statistics/percentile.js';

/** How long a batch takes, for one number of instances that compute at the same time. */
export interface CurvePoint {
  readonly batch: number;
  /** Milliseconds of single runs, sorted. */
  readonly times: Float64Array;
}

/**
 * Service times by batch size: drawn from what was measured, so that a simulation has the tail that the machine has.
 * Sizes between two measured ones lie on a straight line between equal quantiles of both.
 */
export class ServiceTimes {
  readonly #points: readonly CurvePoint[];
  readonly #means: readonly number[];

  /** At least one point; sorted by size here. */
  constructor(points: readonly CurvePoint[]) {
    this.#points = [...points].sort((a, b) => a.batch - b.batch);
    this.#means = this.#points.map(({ times }) => times.reduce((sum, time) => sum + time, 0) / times.length);
  }

  /** The largest size that was measured: no larger batch is simulated. */
  get largest(): number {
    return this.#points.at(-1)!.batch;
  }

  get sizes(): number[] {
    return this.#points.map(({ batch }) => batch);
  }

  mean(batch: number): number {
    return this.#between(batch, (index) => this.#means[index]!);
  }

  /** The time that a share `u` of the runs stay below. */
  quantile(batch: number, u: number): number {
    return this.#between(batch, (index) => quantileSorted(this.#points[index]!.times, u));
  }

  #between(batch: number, value: (index: number) => number): number {
    const above = this.#points.findIndex((point) => point.batch >= batch);
    if (above < 0) return value(this.#points.length - 1);
    const upper = this.#points[above]!;
    if (above === 0 || upper.batch === batch) return value(above);
    const lower = this.#points[above - 1]!;
    const share = (batch - lower.batch) / (upper.batch - lower.batch);
    return value(above - 1) * (1 - share) + value(above) * share;
  }
}

/** A server that always takes equally long. */
export function constantTimes(batchMs: Readonly<Record<number, number>>): ServiceTimes {
  return new ServiceTimes(
    Object.entries(batchMs).map(([batch, time]) => ({ batch: Number(batch), times: Float64Array.of(time) })),
  );
}
