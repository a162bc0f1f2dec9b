import type { Comparison, Gate, Level, Measured, Verdict } from './gate.js';

export interface Judgement {
  readonly verdict: Verdict;
  /** One line for a reader. */
  readonly detail: string;
}

/**
 * Passes when the whole interval is within the limit, fails when the whole interval is outside, and is inconclusive
 * in between. An exact number is judged by itself; one that could have an interval and has none is
 * inconclusive. The limit belongs to the
 * allowed side with >= and <=, not with > and <.
 */
export function judge(gate: Gate, measured: Measured | undefined): Judgement {
  if (measured?.value == null || Number.isNaN(measured.value)) {
    return { verdict: 'not-measured', detail: measured?.detail ?? `${gate.metric} was not measured` };
  }
  const [low, high] = measured.exact === true ? [measured.value, measured.value] : (measured.ci95 ?? []);
  const detail = measured.detail ?? '';
  if (low === undefined || high === undefined) {
    return {
      verdict: 'inconclusive',
      detail: joined('there was no time for enough rounds to know an interval', detail),
    };
  }
  const within = [low, high].map((end) => holds(end, gate.comparison, gate.limit));
  if (within.every(Boolean)) return { verdict: 'pass', detail };
  if (!within.some(Boolean)) return { verdict: 'fail', detail };
  return { verdict: 'inconclusive', detail: joined('the 95% interval holds the limit', detail) };
}

function joined(reason: string, detail: string): string {
  return detail === '' ? reason : `${reason}; ${detail}`;
}

function holds(value: number, comparison: Comparison, limit: number): boolean {
  switch (comparison) {
    case '>=':
      return value >= limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '<':
      return value < limit;
  }
}

/**
 * One verdict for all: `fail` when a gate fails or was not measured (or is inconclusive, when strict), else
 * `inconclusive` when one is, else `pass`, also without gates. Gates of level `warn` do not count.
 */
export function overallVerdict(
  gates: readonly { readonly verdict: Verdict; readonly level: Level }[],
  strict: boolean,
): 'pass' | 'fail' | 'inconclusive' {
  const verdicts = gates.filter(({ level }) => level === 'error').map(({ verdict }) => verdict);
  const bad = verdicts.some((verdict) => verdict === 'fail' || verdict === 'not-measured');
  const open = verdicts.includes('inconclusive');
  if (bad || (open && strict)) return 'fail';
  return open ? 'inconclusive' : 'pass';
}
