import { seededRandom } from '../../tensor/random.js';

/** Times at which requests come, in milliseconds from the start, never decreasing. */
export type Arrivals = Float64Array;

/** Requests that come independently of each other, `ratePerS` a second on average (a Poisson process). */
export function poissonArrivals(ratePerS: number, count: number, seed: number): Arrivals {
  const random = seededRandom(seed);
  const meanGapMs = 1000 / ratePerS;
  const times = new Float64Array(count);
  let now = 0;
  for (let index = 0; index < count; index++) {
    // 1 - u is never 0.
    now -= Math.log(1 - random()) * meanGapMs;
    times[index] = now;
  }
  return times;
}

/** Requests a second over the whole of a trace. */
export function rateOf(arrivals: Arrivals): number {
  const span = (arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0);
  return span > 0 ? ((arrivals.length - 1) / span) * 1000 : 0;
}

/** The same pattern, faster or slower, so that it has that rate. */
export function atRate(arrivals: Arrivals, ratePerS: number): Arrivals {
  const factor = rateOf(arrivals) / ratePerS;
  const first = arrivals[0] ?? 0;
  return arrivals.map((time) => (time - first) * factor);
}
