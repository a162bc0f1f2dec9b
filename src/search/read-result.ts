import { z } from 'zod';
import { firstIssue, InferOptError } from '../errors.js';
import type { OptimizeResult } from './result.js';

const ci95 = z.tuple([z.number(), z.number()]).nullable();

const gate = z.looseObject({
  expr: z.string(),
  metric: z.string(),
  comparison: z.enum(['>=', '<=', '>', '<']),
  level: z.enum(['error', 'warn']),
  artifact: z.string(),
  limit: z.number(),
  actual: z.number().nullable(),
  ci95,
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'not-measured']),
  detail: z.string(),
});

const measurement = z.looseObject({
  samples: z.number(),
  bytes: z.number(),
  latency_ms: z.number().nullable(),
  original_ms: z.number().nullable(),
  speedup: z.looseObject({ value: z.number(), ci95 }).nullable(),
  accuracy: z.record(z.string(), z.number()),
  drop: z.record(z.string(), z.looseObject({ value: z.number(), ci95 })),
  outputs: z.looseObject({ cosine: z.number().nullable() }).nullable(),
  gates: z.array(gate),
  error: z.string().nullable(),
});

/** What joining and showing results reads of them; the rest goes through as it is. */
const resultSchema = z.looseObject({
  schema: z.literal('infer-opt/optimize@1'),
  tool: z.looseObject({ name: z.string(), version: z.string() }),
  environment: z.looseObject({
    cpu: z.looseObject({ model: z.string(), cores: z.number() }),
    os: z.looseObject({ arch: z.string() }),
    onnxruntime: z.string(),
  }),
  model: z.looseObject({ path: z.string(), sha256: z.string(), bytes: z.number() }),
  dataset: z.looseObject({
    name: z.string(),
    sha256: z.string(),
    search: z.number(),
    held_out: z.number(),
  }),
  settings: z.looseObject({
    gates: z.array(z.string()),
    strict: z.boolean(),
    time_ms: z.number(),
    threads: z.number(),
    seed: z.number(),
    target: z.string(),
    shard: z.strictObject({ index: z.int().min(1), count: z.int().min(1) }).nullable(),
  }),
  winner: z.looseObject({
    name: z.string(),
    path: z.string(),
    command: z.string().nullable(),
    speedup: z.number().nullable(),
    reason: z.string(),
    judged: z.boolean(),
  }),
  candidates: z.array(
    z.looseObject({
      name: z.string(),
      state: z.enum(['judged', 'measured', 'dropped', 'failed', 'skipped']),
      reason: z.string().nullable(),
      command: z.string(),
      search: measurement.nullable(),
      judged: measurement.nullable(),
    }),
  ),
  original: measurement.nullable(),
  front: z.array(z.looseObject({ name: z.string() })),
  gates: z.array(gate),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  elapsed_ms: z.number(),
  warnings: z.array(z.string()),
});

/** Reads what `optimize --json` wrote. Throws `data` that names the file and the first place that does not fit. */
export function readOptimizeResult(value: unknown, path: string): OptimizeResult {
  const parsed = resultSchema.safeParse(value);
  if (parsed.success) return parsed.data as unknown as OptimizeResult;
  throw new InferOptError('data', `${path}: ${firstIssue(parsed.error)}`, {
    hint: 'give files that infer-opt optimize --json wrote',
  });
}
