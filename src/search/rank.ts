import type { GateResult } from '../bench/result.js';
import type { Measurement } from './result.js';

/** What the speeds of two candidates may differ by and still count as equal: then the better outputs decide. */
const sameSpeed = 0.03;

/** Beyond this, more decibels make no difference to anybody. */
const enoughSqnr = 60;

/**
 * The logarithm of the speed-up, with a little for close outputs and a little off for a gate whose estimate is outside:
 * on few samples that may be chance. -Infinity for what cannot win.
 */
export function score(measured: Measurement): number {
  if (measured.error !== null || measured.speedup === null) return -Infinity;
  if (measured.gates.some(({ verdict, level }) => verdict === 'fail' && level === 'error')) return -Infinity;
  const quality = Math.min(measured.outputs?.sqnr_db ?? enoughSqnr, enoughSqnr) / enoughSqnr;
  const outside = measured.gates.some((gate) => gate.level === 'error' && !isInside(gate));
  return Math.log(measured.speedup.value) + sameSpeed * Math.max(0, quality) - (outside ? sameSpeed : 0);
}

/**
 * The one to fall back on where the most promising did not hold: the fastest whose gates pass already on what is known,
 * and which is faster than the original there. Promise alone prefers what is fast and may hold.
 */
export function surest<T extends { readonly known: Measurement | undefined; readonly score: number }>(
  candidates: readonly T[],
  strict: boolean,
): T | undefined {
  return candidates
    .filter(
      ({ known, score: promise }) =>
        known !== undefined && promise > 0 && standing(known.gates, strict) === 'passes',
    )
    .sort((a, b) => b.score - a.score)[0];
}

/** Whether the estimate itself, without its interval, is within the limit. */
export function isInside({ actual, limit, comparison }: GateResult): boolean {
  if (actual === null) return false;
  if (comparison === '>=') return actual >= limit;
  if (comparison === '<=') return actual <= limit;
  return comparison === '>' ? actual > limit : actual < limit;
}

/** How well an artifact holds its gates. */
export function standing(
  gates: readonly GateResult[],
  strict: boolean,
): 'passes' | 'may hold' | 'does not hold' {
  const counted = gates.filter(({ level }) => level === 'error');
  if (counted.every(({ verdict }) => verdict === 'pass')) return 'passes';
  if (strict) return 'does not hold';
  const open = counted.every(
    (gate) => gate.verdict === 'pass' || (gate.verdict === 'inconclusive' && isInside(gate)),
  );
  return open ? 'may hold' : 'does not hold';
}
