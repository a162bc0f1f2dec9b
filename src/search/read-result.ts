import { z } from 'zod';
import { InferOptError } from '../errors.js';
import type { OptimizeResult } from './result.js';

const measurement = z.looseObject({
  samples: z.number(),
  bytes: z.number(),
  speedup: z.looseObject({ value: z.number() }).nullable(),
  accuracy: z.record(z.string(), z.number()),
  drop: z.record(z.string(), z.looseObject({ value: z.number() })),
  gates: z.array(z.looseObject({ expr: z.string(), verdict: z.string() })),
  error: z.string().nullable(),
});

/** What joining results reads of them; the rest goes through as it is. */
const resultSchema = z.looseObject({
  schema: z.literal('infer-opt/optimize@1'),
  environment: z.looseObject({
    cpu: z.looseObject({ model: z.string(), cores: z.number() }),
    os: z.looseObject({ arch: z.string() }),
    onnxruntime: z.string(),
  }),
  model: z.looseObject({ sha256: z.string(), bytes: z.number() }),
  dataset: z.looseObject({ sha256: z.string() }),
  settings: z.looseObject({
    gates: z.array(z.string()),
    strict: z.boolean(),
    shard: z.strictObject({ index: z.int().min(1), count: z.int().min(1) }).nullable(),
  }),
  winner: z.looseObject({ name: z.string(), path: z.string() }),
  candidates: z.array(
    z.looseObject({
      name: z.string(),
      command: z.string(),
      search: measurement.nullable(),
      judged: measurement.nullable(),
    }),
  ),
  original: measurement.nullable(),
  gates: z.array(z.looseObject({ expr: z.string(), verdict: z.string() })),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  warnings: z.array(z.string()),
});

/** Whether a text is a result of `optimize`, as far as its own word goes. */
export function isOptimizeResult(text: string): boolean {
  try {
    return z.looseObject({ schema: z.literal('infer-opt/optimize@1') }).safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

/** The result of `optimize --json` in the text of a file. Throws `data` that names the file and the first place that does not fit. */
export function readOptimizeResult(text: string, path: string): OptimizeResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InferOptError('data', `${path}: this is no JSON`);
  }
  const parsed = resultSchema.safeParse(value);
  if (parsed.success) return parsed.data as unknown as OptimizeResult;
  const issue = parsed.error.issues[0];
  throw new InferOptError(
    'data',
    `${path}: ${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`,
    {
      hint: 'give files that infer-opt optimize --json wrote',
    },
  );
}
