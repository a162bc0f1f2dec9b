import { InferOptError } from '../../errors.js';

/** A figure of latency that a promise can be made about. */
export type LatencyMetric = 'mean' | 'p50' | 'p90' | 'p95' | 'p99';

/** What is promised: a latency that is not exceeded. */
export interface Slo {
  readonly metric: LatencyMetric;
  readonly limitMs: number;
}

const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

/** Reads `p99 <= 20ms`. Throws `usage` for anything else. */
export function parseSlo(text: string): Slo {
  const match = /^\s*(?:latency\.)?(mean|p50|p90|p95|p99)\s*<=?\s*(\d+(?:\.\d+)?)\s*(us|ms|s)\s*$/.exec(text);
  const limitMs = match === null ? 0 : Number(match[2]) * units[match[3]!]!;
  if (match === null || !(limitMs > 0)) {
    throw new InferOptError('usage', `no promise that can be kept: ${JSON.stringify(text)}`, {
      hint: "write it as 'p99 <= 20ms' (mean, p50, p90, p95 or p99; us, ms or s)",
    });
  }
  return { metric: match[1] as LatencyMetric, limitMs };
}

const periods: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600 };

/** Reads `300/s`, `20/m` or `300`, in requests a second. Throws `usage` for anything else. */
export function parseRate(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(?:\/\s*(s|m|min|h))?\s*$/.exec(text);
  const rate = match === null ? 0 : Number(match[1]) / periods[match[2] ?? 's']!;
  if (rate > 0) return rate;
  throw new InferOptError('usage', `no rate: ${JSON.stringify(text)}`, { hint: 'such as 300/s or 20/m' });
}
