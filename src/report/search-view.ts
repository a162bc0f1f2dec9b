import type { CandidateResult } from '../search/result.js';

/** The first score that candidates were compared by; undefined without labels. */
export function metricOf(candidates: readonly CandidateResult[]): string | undefined {
  return candidates.flatMap(({ search }) => Object.keys(search?.drop ?? {}))[0];
}

/** The last measurement of a candidate and what it lost there: the drop of the metric, or the cosine without one. */
export function lastOf({ search, judged }: CandidateResult, metric: string | undefined) {
  const measured = judged ?? search;
  const loss =
    metric === undefined ? measured?.outputs?.cosine?.toFixed(5) : measured?.drop[metric]?.value.toFixed(4);
  return { measured, loss: loss ?? '–' };
}
