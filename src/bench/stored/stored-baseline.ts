import { z } from 'zod';
import { firstIssue, InferOptError, messageOf } from '../../errors.js';
import type { BenchEnvironment } from '../result.js';

const cpu = z.object({
  model: z.string(),
  cores: z.int(),
  quota: z.number().nullable(),
  instructions: z.array(z.string()).readonly().nullable(),
});

const environment = z.looseObject({
  cpu,
  onnxruntime: z.string(),
  os: z.object({ name: z.string(), release: z.string(), arch: z.string() }),
  reference: z.object({ ms: z.number(), jitter: z.number(), drift: z.number(), samples: z.int() }).nullable(),
});

const schema = z.object({
  schema: z.literal('infer-opt/baseline@1'),
  measured_at: z.iso.datetime(),
  environment,
  settings: z.object({ threads: z.int(), concurrency: z.int() }),
  dataset: z.object({ name: z.string(), sha256: z.string(), samples: z.int() }),
  artifact: z.object({
    path: z.string(),
    sha256: z.string(),
    bytes: z.int(),
    nodes: z.int().nullable(),
    load_ms: z.number().nullable(),
    peak_memory_bytes: z.number().nullable(),
  }),
  /** Latencies in milliseconds, round by round. */
  batches: z.array(z.object({ batch: z.int(), blocks: z.array(z.array(z.number()).min(1)).min(1) })),
  /** For each metric of right answers a digit a sample: 1 is right. */
  answers: z.record(z.string(), z.string().regex(/^[01]*$/)),
  /** Any other metric: its values by sample or group. */
  values: z.record(z.string(), z.number()),
});

/**
 * What a later run needs of this one to compare with it as with a baseline that it measures itself
 * (`infer-opt/baseline@1`): latencies by round and right answers by sample, so that intervals can be made anew.
 */
export type StoredBaseline = z.infer<typeof schema>;

export type StoredEnvironment = Pick<BenchEnvironment, 'cpu' | 'onnxruntime' | 'os' | 'reference'>;

/** Reads what `--save-baseline` wrote. Throws `data` that names the file. */
export function readStoredBaseline(text: string, path: string): StoredBaseline {
  const hint = 'give a file that `infer-opt bench --save-baseline` wrote';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new InferOptError('data', `${path}: this is no JSON: ${messageOf(thrown)}`, { hint });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InferOptError('data', `${path}: this is no stored baseline: ${firstIssue(parsed.error)}`, {
    hint,
  });
}
