import { z } from 'zod';
import { firstIssue, InferOptError } from '../../errors.js';
import type { CompareResult } from './result.js';

const decibels = z.number().nullable();

const value = z.looseObject({
  value: z.string(),
  node: z.string().nullable(),
  op: z.string().nullable(),
  sqnr_in_db: decibels,
  sqnr_db: decibels,
  share: z.number().min(0).max(1),
  max_abs: z.number().nullable(),
  clipped: z.number().nullable(),
});

const file = z.looseObject({ path: z.string(), bytes: z.number().nonnegative() });

/** What showing a comparison reads of it; the rest goes through as it is. */
const schema = z.looseObject({
  schema: z.literal('infer-opt/compare@1'),
  baseline: file,
  candidate: file,
  dataset: z.string(),
  samples: z.number(),
  outputs: z.looseObject({
    cosine: z.number().nullable(),
    sqnr_db: decibels,
    max_abs: z.number().nullable(),
  }),
  values: z.array(value),
  worst: z.array(value.extend({ try: z.string() })),
  unaligned: z.number(),
  warnings: z.array(z.string()),
});

/** Reads what `compare --json` wrote. Throws `data` with the first place that does not fit. */
export function readCompareResult(parsed: unknown, path: string): CompareResult {
  const { data, error } = schema.safeParse(parsed);
  if (data !== undefined) return data as unknown as CompareResult;
  throw new InferOptError('data', `${path}: ${firstIssue(error)}`, {
    hint: 'give a file that `infer-opt compare --json` wrote',
  });
}
