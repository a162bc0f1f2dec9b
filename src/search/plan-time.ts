/** How a search spends its time, in ms from its start. It depends on the whole time alone, so that what was measured once is found again. */
export interface TimePlan {
  /** Latency of one candidate at a first look, of one that got further, and of one that is judged. */
  readonly firstLookMs: number;
  readonly searchMs: number;
  readonly judgeMs: number;
  /** No candidate is begun after this. */
  readonly lookEnd: number;
  readonly searchEnd: number;
  readonly end: number;
  /** Samples of a first look. */
  readonly firstLookSamples: number;
}

export function planTime(timeMs: number): TimePlan {
  const part = (share: number, least: number, most: number): number =>
    Math.round(Math.min(most, Math.max(least, share * timeMs)));
  return {
    firstLookMs: part(0.01, 300, 2000),
    searchMs: part(0.02, 600, 6000),
    judgeMs: part(0.06, 800, 20_000),
    lookEnd: 0.5 * timeMs,
    searchEnd: 0.7 * timeMs,
    end: timeMs,
    firstLookSamples: 32,
  };
}
