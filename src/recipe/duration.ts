import { z } from 'zod';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration with its unit, as the command line takes it: 30s, 10m. */
export const durationText = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h)$/, 'expected a time with its unit, such as 30s or 10m');

/** In milliseconds; undefined stays. */
export function millisecondsOf(text: string | undefined): number | undefined {
  const match = /^(.+?)(ms|s|m|h)$/.exec(text ?? '');
  return match === null ? undefined : Number(match[1]) * units[match[2]!]!;
}
