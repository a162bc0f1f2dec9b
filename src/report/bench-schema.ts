import { z } from 'zod';
import type { BenchResult } from '../bench/result.js';

const ci95 = z.tuple([z.number(), z.number()]).readonly().nullable();
const fractions = z.record(z.string(), z.number());

const latency = z.strictObject({
  mean: z.number(),
  sd: z.number(),
  p50: z.number(),
  p90: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
  samples: z.int(),
});

const outputNumbers = {
  agreement: z.number().nullable(),
  cosine: z.number().nullable(),
  sqnr_db: z.number().nullable(),
  kl: z.number().nullable(),
  max_abs: z.number().nullable(),
};

const versus = z.strictObject({
  speedup: z.strictObject({ value: z.number(), ci95 }).nullable(),
  size_ratio: z.number().nullable(),
  drop: z.record(
    z.string(),
    z.strictObject({
      value: z.number(),
      ci95,
      only_baseline: z.int().nullable(),
      only_candidate: z.int().nullable(),
      p_value: z.number().nullable(),
    }),
  ),
});

const kernels = z.strictObject({
  integer: z.int(),
  float: z.int(),
  integer_share_of_macs: z.number().nullable(),
  dequantized_weights: z.int(),
  left_float: z.array(z.strictObject({ node: z.string(), op: z.string(), reason: z.string() })),
});

const server = z.strictObject({
  highest_rate_per_s: z.strictObject({ value: z.number(), ci95 }),
  trials: z.array(
    z.strictObject({
      rate_per_s: z.number(),
      requests: z.int(),
      p50: z.number(),
      tail: z.number(),
      met: z.boolean(),
    }),
  ),
});

const artifact = z.strictObject({
  path: z.string(),
  role: z.enum(['baseline', 'candidate']),
  sha256: z.string(),
  bytes: z.int(),
  nodes: z.int().nullable(),
  latency_ms: latency.nullable(),
  throughput_per_s: z.number().nullable(),
  batches: z.array(
    z.strictObject({
      batch: z.int(),
      latency_ms: latency,
      p50_ci95: ci95,
      throughput_per_s: z.number(),
      histogram_ms: z.strictObject({
        from: z.number(),
        to: z.number(),
        counts: z.array(z.int()),
        beyond: z.int(),
      }),
      warm_up: z.strictObject({ runs: z.int(), ms: z.number(), settled: z.boolean() }).nullable(),
      unrest: z.number(),
      stopped: z.enum(['precise', 'time', 'interrupted']),
    }),
  ),
  offline: z.strictObject({ batch: z.int(), throughput_per_s: z.number() }).nullable(),
  server: server.nullable(),
  accuracy: fractions,
  confusion: z.array(z.tuple([z.int(), z.int(), z.int()])).nullable(),
  outputs: z
    .strictObject({
      ...outputNumbers,
      by_output: z.array(z.strictObject({ name: z.string(), ...outputNumbers })),
    })
    .nullable(),
  versus_baseline: versus.nullable(),
  kernels: kernels.nullable(),
  operators: z.array(z.strictObject({ op: z.string(), kernels: z.int(), ms: z.number() })).nullable(),
  load_ms: z.number().nullable(),
  peak_memory_bytes: z.number().nullable(),
  served: z
    .strictObject({
      protocol: z.enum(['http', 'grpc']),
      encoding: z.enum(['binary', 'json']).nullable(),
      model: z.string(),
      versions: z.array(z.string()),
      platform: z.string(),
    })
    .nullable(),
  error: z.string().nullable(),
  failure: z.string().nullable(),
});

const gate = z.strictObject({
  expr: z.string(),
  metric: z.string(),
  comparison: z.enum(['>=', '<=', '>', '<']),
  level: z.enum(['error', 'warn']),
  source: z.strictObject({ file: z.string(), line: z.int() }).nullable(),
  artifact: z.string(),
  limit: z.number(),
  actual: z.number().nullable(),
  ci95,
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'not-measured']),
  detail: z.string(),
});

const environment = z.strictObject({
  reference: z
    .strictObject({ ms: z.number(), jitter: z.number(), drift: z.number(), samples: z.int() })
    .nullable(),
  cpu: z.strictObject({
    model: z.string(),
    cores: z.int(),
    quota: z.number().nullable(),
    instructions: z.array(z.string()).readonly().nullable(),
  }),
  memory_bytes: z.number(),
  os: z.strictObject({ name: z.string(), release: z.string(), arch: z.string() }),
  node: z.string(),
  onnxruntime: z.string(),
  providers: z.array(z.strictObject({ name: z.string(), installed: z.boolean() })).readonly(),
});

/**
 * The published form of a bench result, `infer-opt/bench@1`: what `bench --json` prints and what reports read back.
 * The compiler holds it to the type that the bench makes.
 */
export const benchResultSchema = z.strictObject({
  schema: z.literal('infer-opt/bench@1'),
  tool: z.strictObject({ name: z.literal('infer-opt'), version: z.string() }),
  measured_at: z.iso.datetime(),
  environment,
  settings: z.strictObject({
    scenario: z.enum(['single', 'offline', 'server']),
    threads: z.int(),
    concurrency: z.int(),
    slo: z.string().nullable(),
    seed: z.int(),
    batches: z.array(z.int()),
    strict: z.boolean(),
    time_ms: z.number(),
  }),
  dataset: z.strictObject({ name: z.string(), sha256: z.string(), samples: z.int() }),
  artifacts: z.array(artifact).min(1),
  gates: z.array(gate),
  against: z
    .strictObject({ file: z.string(), measured_at: z.iso.datetime(), differences: z.array(z.string()) })
    .nullable(),
  interrupted: z.boolean(),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  warnings: z.array(z.string()),
}) satisfies z.ZodType<BenchResult, BenchResult>;
