import type { Interval } from './bootstrap.js';

/** The two-sided 95% point of the standard normal distribution. */
const z = 1.959963984540054;

/** 95% score interval of a proportion (E. B. Wilson, JASA 22, 1927). Honest at 0 and n as well. */
export function wilsonInterval(successes: number, n: number): Interval {
  const p = successes / n;
  const centre = p + (z * z) / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return [Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale)];
}

/**
 * 95% score interval of p1 - p2 from paired answers (T. Tango, Statistics in Medicine 17, 891-908, 1998), which keeps
 * its coverage with few or no differing answers.
 * @param onlyFirst answers that only the first got right
 * @param onlySecond answers that only the second got right
 * @param n all answers
 */
export function pairedInterval(onlyFirst: number, onlySecond: number, n: number): Interval {
  const score = (delta: number): number => {
    const a = 2 * n;
    const b = -onlyFirst - onlySecond + (2 * n - onlyFirst + onlySecond) * delta;
    const c = -onlySecond * delta * (1 - delta);
    // The likeliest share of "only the second" when the difference is delta.
    const q = (Math.sqrt(Math.max(0, b * b - 4 * a * c)) - b) / (2 * a);
    const variance = n * (2 * q + delta * (1 - delta));
    const distance = onlyFirst - onlySecond - n * delta;
    if (variance <= 0) return distance === 0 ? 0 : Math.sign(distance) * Infinity;
    return distance / Math.sqrt(variance);
  };
  const estimate = (onlyFirst - onlySecond) / n;
  // The score falls from delta = -1 to 1; the interval is where it lies within +-z.
  return [crossing(score, z, -1, estimate), crossing(score, -z, estimate, 1)];
}

function crossing(falling: (x: number) => number, target: number, from: number, to: number): number {
  let low = from;
  let high = to;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (falling(middle) > target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Two-sided exact p-value of McNemar's test: as many or more answers differing one way if both ways were equally
 * likely (binomial with p = 1/2 on the differing answers). 1 where none differs.
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  let logChoose = 0;
  let sum = 0;
  for (let k = 0; k <= fewer; k++) {
    if (k > 0) logChoose += Math.log((n - k + 1) / k);
    sum += Math.exp(logChoose - n * Math.LN2);
  }
  return Math.min(1, 2 * sum);
}
