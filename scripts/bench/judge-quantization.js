import { number, withInterval } from './table.js';

/**
 * One requirement and how it ended. A number decides by its point estimate; `sure` is false where the limit lies within
 * the 95% interval, or the difference is no more than chance would make.
 * @typedef {{ requirement: string, found: string, met: boolean, sure: boolean }} Line
 */

/**
 * Every requirement on one model.
 * @param {import('./quantization-cases.js').Case['limits']} limits
 * @param {any} ours  the artifact in the result of a bench
 * @param {any} peer  null where the peer made nothing, or nothing that runs
 * @param {number} samples  on which their outputs were compared
 * @returns {Line[]}
 */
export function judge(limits, ours, peer, samples) {
  const lines = [atLeast(`speed-up >= ${limits.speedup}x`, ours.versus_baseline.speedup, limits.speedup)];
  if (limits.drop !== undefined)
    lines.push(atMost(`top-1 drop <= ${limits.drop}`, ours.versus_baseline.drop.top1, limits.drop));
  lines.push({
    requirement: `size <= ${limits.size}x`,
    found: number(ours.versus_baseline.size_ratio, 3, 'x'),
    met: ours.versus_baseline.size_ratio <= limits.size,
    sure: true,
  });
  if (peer?.outputs) {
    lines.push(agreementLine(ours.outputs.agreement, peer.outputs.agreement, samples));
    lines.push(sqnrLine(ours.outputs.sqnr_db, peer.outputs.sqnr_db));
  }
  return lines;
}

/** @param {string} requirement @param {any} measured @param {number} limit @returns {Line} */
function atLeast(requirement, measured, limit) {
  const { value, ci95 } = measured;
  const sure = ci95 !== null && (ci95[0] >= limit || ci95[1] < limit);
  return { requirement, found: withInterval(measured, 2, 'x'), met: value >= limit, sure };
}

/** @param {string} requirement @param {any} measured @param {number} limit @returns {Line} */
function atMost(requirement, measured, limit) {
  const { value, ci95 } = measured;
  const sure = ci95 !== null && (ci95[1] <= limit || ci95[0] > limit);
  return { requirement, found: withInterval(measured, 4), met: value <= limit, sure };
}

/**
 * Sure where the two differ by more than chance would: the interval of the difference of two proportions, each over
 * `samples` answers (wider than that of paired answers, which a bench does not keep).
 * @param {number} ours @param {number} theirs @param {number} samples @returns {Line}
 */
function agreementLine(ours, theirs, samples) {
  const variance = (ours * (1 - ours) + theirs * (1 - theirs)) / samples;
  return {
    requirement: "agreement not below the peer's",
    found: `${number(ours, 4)} against ${number(theirs, 4)}`,
    met: ours >= theirs,
    sure: ours === theirs || Math.abs(ours - theirs) > 1.96 * Math.sqrt(variance),
  };
}

/** @param {number} ours @param {number} theirs @returns {Line} */
function sqnrLine(ours, theirs) {
  return {
    requirement: "SQNR not below the peer's",
    found: `${number(ours, 2, ' dB')} against ${number(theirs, 2, ' dB')}`,
    met: ours >= theirs,
    sure: true,
  };
}
