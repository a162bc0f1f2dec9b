import { score, standing } from './rank.js';
import type { Measurement } from './result.js';

/** What an artifact must gain over one that is sure, to be taken though its gates are not. */
export const worthDoubt = 1.1;

export interface Judged {
  readonly name: string;
  readonly measured: Measurement;
}

export interface Choice {
  readonly name: string;
  readonly reason: string;
}

/**
 * The winner among artifacts that were judged, the original among them. First those that are faster beyond doubt: one
 * that passes every gate before one that only may hold them, unless the latter is a tenth faster. Where there is none
 * of them the original, if it holds the gates (it does when all are about accuracy); else one that holds them and is
 * measured as no slower; else the original, which then fails.
 */
export function choose(judged: readonly Judged[], strict: boolean): Choice {
  const original = judged.find(({ name }) => name === 'original');
  const holding = judged
    .filter(({ name, measured }) => name !== 'original' && measured.error === null && speedOf(measured) >= 1)
    .filter(({ measured }) => standing(measured.gates, strict) !== 'does not hold')
    .sort((a, b) => score(b.measured) - score(a.measured));
  const faster = holding.filter(({ measured }) => (measured.speedup?.ci95?.[0] ?? 0) > 1);
  const best = bestOf(faster, strict);
  if (best !== undefined) return best;
  const nothing = holding.length > 0 ? 'nothing is faster beyond doubt' : 'nothing else holds the gates';
  if (original !== undefined && standing(original.measured.gates, strict) !== 'does not hold') {
    return { name: 'original', reason: `${nothing}, and the original holds them` };
  }
  return (
    bestOf(holding, strict) ?? {
      name: 'original',
      reason: 'nothing that was tried holds the gates, nor does it',
    }
  );
}

function bestOf(sorted: readonly Judged[], strict: boolean): Choice | undefined {
  const sure = sorted.find(({ measured }) => standing(measured.gates, strict) === 'passes');
  const open = sorted.find(({ measured }) => standing(measured.gates, strict) === 'may hold');
  if (open !== undefined && (!sure || speedOf(open.measured) > worthDoubt * speedOf(sure.measured))) {
    const beside =
      sure === undefined ? 'none passes for certain' : `${sure.name} passes, and is a tenth slower`;
    return { name: open.name, reason: `the fastest whose estimates are within the gates; ${beside}` };
  }
  return sure === undefined ? undefined : { name: sure.name, reason: 'the fastest that passes every gate' };
}

function speedOf(measured: Measurement): number {
  return measured.speedup?.value ?? 0;
}
