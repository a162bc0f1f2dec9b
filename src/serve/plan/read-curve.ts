import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InferOptError, messageOf } from '../../errors.js';
import type { CurvePoint } from './service-times.js';

const tail = z.number().positive().nullish();
const latency = z.object({
  mean: z.number().positive(),
  p50: z.number().positive(),
  p90: tail,
  p95: tail,
  p99: tail,
});
const benched = z.object({
  schema: z.literal('infer-opt/bench@1'),
  artifacts: z
    .array(
      z.object({
        path: z.string(),
        batches: z.array(z.object({ batch: z.int().min(1), latency_ms: latency })),
      }),
    )
    .min(1),
});

/** One measured query of `trtexec --exportTimes`. */
const query = z.object({ latencyMs: z.number().positive() });

/**
 * Times of batches from the JSON of `infer-opt bench --batch 1,2,4,...`: those of `artifact`, or of the last one.
 * Between the percentiles that it tells, times are taken to lie on straight lines.
 *
 * @throws InferOptError `usage` when the file is something else or has no batches
 */
export async function readBenchCurve(path: string, artifact?: string): Promise<CurvePoint[]> {
  const parsed = benched.safeParse(await readJson(path));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InferOptError(
      'usage',
      `${path} is no result of a bench: ${issue!.path.join('.')}: ${issue!.message}`,
      {
        hint: 'write one with infer-opt bench MODEL --batch 1,2,4,8 --json',
      },
    );
  }
  const { artifacts } = parsed.data;
  const chosen = artifacts.find((one) => one.path === artifact) ?? artifacts.at(-1)!;
  if (chosen.batches.length === 0) throw new InferOptError('usage', `${path} has no times of ${chosen.path}`);
  return chosen.batches.map(({ batch, latency_ms }) => ({ batch, times: spread(latency_ms) }));
}

/** Times of one batch size from `trtexec --exportTimes=FILE`. */
export async function readTrtexecTimes(path: string): Promise<Float64Array> {
  const parsed = z
    .array(query)
    .min(1)
    .safeParse(await readJson(path));
  if (parsed.success) return Float64Array.from(parsed.data, ({ latencyMs }) => latencyMs).sort();
  throw new InferOptError('usage', `${path} holds no times of trtexec`, {
    hint: 'write it with trtexec --exportTimes=FILE',
  });
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (thrown) {
    throw new InferOptError('usage', `cannot read ${path}: ${messageOf(thrown)}`, { cause: thrown });
  }
}

const points = 200;

/** Times with these percentiles, sorted. Below the median there is little spread in practice: all take the median. */
function spread({ p50, p90, p95, p99 }: z.infer<typeof latency>): Float64Array {
  const known: [share: number, time: number][] = [
    [0, p50],
    [0.5, p50],
  ];
  for (const [share, time] of [
    [0.9, p90],
    [0.95, p95],
    [0.99, p99],
  ] as const) {
    if (time != null) known.push([share, Math.max(time, known.at(-1)![1])]);
  }
  known.push([1, known.at(-1)![1]]);
  return Float64Array.from({ length: points }, (_, index) => {
    const share = index / (points - 1);
    const above = Math.max(
      1,
      known.findIndex(([at]) => at >= share),
    );
    const [low, lowTime] = known[above - 1]!;
    const [high, highTime] = known[above]!;
    return high === low ? highTime : lowTime + ((share - low) / (high - low)) * (highTime - lowTime);
  });
}
