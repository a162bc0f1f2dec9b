import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { InferOptError } from '../../errors.js';
import type { Percentiles } from './report.js';

/** One query of a trace, as 8.0 to 11.1 write it (8.0 has more fields). Times in milliseconds. */
const query = z.looseObject({
  startComputeMs: z.number(),
  startH2dMs: z.number(),
  endD2hMs: z.number(),
  computeMs: z.number(),
  latencyMs: z.number(),
});

export interface Trace {
  readonly compute: Percentiles;
  readonly latency: Percentiles;
  readonly queries: number;
  readonly queriesPerSecond: number;
}

/**
 * Reads what `--exportTimes` wrote. The trace holds the warm-up as well: queries that began to compute before it was
 * over are left out, as trtexec itself does for its summary.
 */
export async function readTrace(file: string, warmUpMs: number): Promise<Trace> {
  return describeTrace(await readQueries(file), warmUpMs);
}

/** Milliseconds of each query after the warm-up, transfers included where they were made, in their order. */
export async function readLatencies(file: string, warmUpMs: number): Promise<Float64Array> {
  const queries = afterWarmUp(await readQueries(file), warmUpMs);
  return Float64Array.from(queries, ({ latencyMs }) => latencyMs);
}

async function readQueries(file: string): Promise<z.infer<typeof query>[]> {
  try {
    return z.array(query).parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new InferOptError('environment', 'trtexec wrote no times that can be read', {
      hint: 'measure again, or leave the measurement out with --no-measure',
      cause,
    });
  }
}

export function describeTrace(all: readonly z.infer<typeof query>[], warmUpMs: number): Trace {
  const queries = afterWarmUp(all, warmUpMs);
  const [first, last] = [queries[0]!, queries.at(-1)!];
  return {
    compute: percentilesOf(queries.map(({ computeMs }) => computeMs)),
    latency: percentilesOf(queries.map(({ latencyMs }) => latencyMs)),
    queries: queries.length,
    queriesPerSecond: (1000 * queries.length) / (last.endD2hMs - first.startH2dMs),
  };
}

/** At least one query. Throws `environment` where none is left. */
function afterWarmUp(all: readonly z.infer<typeof query>[], warmUpMs: number): z.infer<typeof query>[] {
  const queries = all.filter(({ startComputeMs }) => startComputeMs >= warmUpMs);
  if (queries.length === 0) {
    throw new InferOptError(
      'environment',
      `no query of ${all.length} came after the warm-up of ${warmUpMs} ms`,
      {
        hint: 'the GPU was busy, or the model is very slow: measure again',
      },
    );
  }
  return queries;
}

/** A percentile that fewer than ten times lie beyond says more about chance than about the engine. */
function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
  const atOrNull = (share: number): number | null =>
    sorted.length * (1 - share) >= 10 - 1e-9 ? at(share) : null;
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    p50: at(0.5),
    p90: atOrNull(0.9),
    p95: atOrNull(0.95),
    p99: atOrNull(0.99),
  };
}
