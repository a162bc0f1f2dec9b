import type { ArtifactResult, Ci95 } from '../bench/result.js';
import { humanBytes, humanMilliseconds, humanRatio, humanShare } from './humanize.js';

/** One thing that changed, as a reader wants to know it. */
export interface Fact {
  readonly label: string;
  readonly value: string;
  /** The 95% interval or what else stands behind the value; '' for nothing. */
  readonly detail: string;
  /** `unclear`: the interval holds both; `same`: it is known to be equal. */
  readonly tone: 'better' | 'worse' | 'same' | 'unclear' | 'none';
}

/** What a candidate changes against its baseline, the most asked first. */
export function factsOf(candidate: ArtifactResult, baseline: ArtifactResult): Fact[] {
  const versus = candidate.versus_baseline;
  const facts: Fact[] = [];
  if (versus?.speedup != null) {
    const { value, ci95 } = versus.speedup;
    facts.push({
      label: 'speed-up',
      value: humanRatio(value),
      detail: intervalText(ci95, humanRatio),
      tone: ci95 === null ? 'unclear' : toneOf(ci95, 1),
    });
  }
  if (versus !== null && versus.size_ratio !== null && candidate.bytes > 0) {
    facts.push({
      label: 'size',
      value: humanRatio(versus.size_ratio),
      detail: `${humanBytes(candidate.bytes)} of ${humanBytes(baseline.bytes)}`,
      tone: toneOf([-versus.size_ratio, -versus.size_ratio], -1),
    });
  }
  for (const [name, drop] of Object.entries(versus?.drop ?? {})) {
    if (drop.only_baseline === null || drop.only_candidate === null) continue;
    const differing = drop.only_baseline + drop.only_candidate;
    facts.push({
      label: name,
      value: points(-drop.value),
      detail: drop.ci95 === null ? '' : `${signedHundredths(-drop.ci95[1])} to ${points(-drop.ci95[0])}`,
      tone:
        differing === 0 ? 'same' : drop.ci95 === null ? 'unclear' : toneOf([-drop.ci95[1], -drop.ci95[0]], 0),
    });
  }
  const agreement = candidate.outputs?.agreement;
  if (agreement != null && facts.length < 4) {
    facts.push({
      label: 'agreement',
      value: humanShare(agreement),
      detail: 'decisions as the baseline decides',
      tone: agreement === 1 ? 'same' : 'none',
    });
  }
  const cosine = candidate.outputs?.cosine;
  if (cosine != null && facts.length < 4)
    facts.push({ label: 'cosine', value: cosine.toFixed(5), detail: 'of the outputs', tone: 'none' });
  return facts;
}

/** Where an interval lies to the value that means "no change"; larger is better. */
function toneOf([low, high]: readonly [number, number], neutral: number): Fact['tone'] {
  if (low === neutral && high === neutral) return 'same';
  if (low > neutral) return 'better';
  return high < neutral ? 'worse' : 'unclear';
}

/** "2.01x to 2.04x"; '' without an interval. */
export function intervalText(ci95: Ci95, format: (value: number) => string): string {
  return ci95 === null ? '' : `${format(ci95[0])} to ${format(ci95[1])}`;
}

/** A difference of shares in percentage points, with its sign. */
export function points(difference: number): string {
  return `${signedHundredths(difference)} points`;
}

function signedHundredths(difference: number): string {
  const rounded = (difference * 100).toFixed(2);
  if (Number(rounded) === 0) return '0.00';
  return difference > 0 ? `+${rounded}` : rounded.replace('-', '\u2212');
}

/** A gate's number in the unit of its metric. */
export function gateValue(metric: string, expr: string, value: number): string {
  if (metric.startsWith('latency.')) return humanMilliseconds(value);
  if (metric === 'speedup') return humanRatio(value);
  if (metric === 'size') return /x\s*$/.test(expr) ? humanRatio(value) : humanBytes(value);
  if (expr.endsWith('/s')) return `${Number(value.toPrecision(4))}/s`;
  return String(Number(value.toPrecision(4)));
}
