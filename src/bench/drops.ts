import { seededRandom } from '../tensor/random.js';
import type { KeptAnswers } from './accuracy.js';
import type { Ci95, Drop } from './result.js';
import { leastRounds } from './statistics/bootstrap.js';
import { quantileSorted } from './statistics/percentile.js';
import { mcnemarExact, pairedInterval } from './statistics/proportion.js';

const resamples = 500;

/** How much worse a candidate is than its baseline, from answers to the same samples; undefined where they are not. */
export function dropOf(baseline: KeptAnswers, candidate: KeptAnswers, seed: number): Drop | undefined {
  if (baseline.kept.length !== candidate.kept.length) return undefined;
  if (baseline.metric.kind === 'answers') {
    return dropOfAnswers(baseline.kept as readonly boolean[], candidate.kept as readonly boolean[]);
  }
  const sign = baseline.metric.better === 'higher' ? 1 : -1;
  const difference = (a: readonly unknown[], b: readonly unknown[]): number =>
    sign * (baseline.metric.value(a) - candidate.metric.value(b));
  return {
    value: difference(baseline.kept, candidate.kept) + 0,
    ci95: bootstrap(baseline.kept, candidate.kept, difference, seed),
    only_baseline: null,
    only_candidate: null,
    p_value: null,
  };
}

function dropOfAnswers(baseline: readonly boolean[], candidate: readonly boolean[]): Drop {
  const lost = baseline.filter((right, i) => right && !candidate[i]).length;
  const won = baseline.filter((right, i) => !right && candidate[i]).length;
  return {
    // One division of whole numbers: 2 of 400 is the same double as 0.005.
    value: (lost - won) / baseline.length,
    ci95: pairedInterval(lost, won, baseline.length),
    only_baseline: lost,
    only_candidate: won,
    p_value: mcnemarExact(lost, won),
  };
}

/** Samples are drawn for both at once, so that what they share does not count as noise. */
function bootstrap(
  baseline: readonly unknown[],
  candidate: readonly unknown[],
  difference: (a: readonly unknown[], b: readonly unknown[]) => number,
  seed: number,
): Ci95 {
  const n = baseline.length;
  if (n < leastRounds) return null;
  const random = seededRandom(seed);
  const values = Float64Array.from({ length: resamples }, () => {
    const drawn = Array.from({ length: n }, () => Math.floor(random() * n));
    return difference(
      drawn.map((i) => baseline[i]),
      drawn.map((i) => candidate[i]),
    );
  }).sort();
  return [quantileSorted(values, 0.025), quantileSorted(values, 0.975)];
}
