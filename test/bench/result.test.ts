import { describe, expect, it } from 'vitest';
import { benchExitStatus } from '../../src/bench/result.js';

describe('the exit status of a bench', () => {
  type Judged = Parameters<typeof benchExitStatus>[0];
  const judged = (
    verdicts: readonly string[],
    strict = false,
    error: string | null = null,
    level = 'error',
  ): Judged =>
    ({
      gates: verdicts.map((verdict) => ({ verdict, level })),
      artifacts: [{ error: null }, { error }],
      settings: { strict },
    }) as unknown as Judged;

  it.each([
    [judged([]), 0],
    [judged(['pass', 'inconclusive']), 0],
    [judged(['pass', 'inconclusive'], true), 1],
    [judged(['pass', 'fail']), 1],
    [judged(['not-measured'], false, 'it died'), 1],
    [judged([], false, 'it died'), 3],
    [judged(['fail', 'not-measured', 'inconclusive'], true, null, 'warn'), 0],
  ])('case %#', (result, status) => expect(benchExitStatus(result)).toBe(status));
});
