import { z } from 'zod';
import type { BenchResult } from '../bench/result.js';
import { firstIssue, InferOptError } from '../errors.js';
import { benchResultSchema } from './bench-schema.js';
import type { ResultFile } from './result-file.js';

const collection = z.strictObject({
  schema: z.literal('infer-opt/report@1'),
  tool: z.strictObject({ name: z.literal('infer-opt'), version: z.string() }),
  results: z.array(benchResultSchema).min(1),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
});

const hint = 'give a file that `infer-opt bench --json` or `infer-opt report merge` wrote';

/**
 * The bench results in a file: one, or those that were merged. Throws `data` that names the file and the first place
 * that does not fit.
 */
export function readResults({ path, schema, value }: ResultFile): BenchResult[] {
  if (schema === 'infer-opt/report@1') return checked(collection, value, path).results;
  if (schema === 'infer-opt/bench@1') return [checked(benchResultSchema, value, path)];
  const found = schema === undefined ? 'it names no schema' : `its schema is ${schema}`;
  throw new InferOptError('data', `${path}: this is no bench result: ${found}`, { hint });
}

function checked<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InferOptError('data', `${path}: ${firstIssue(parsed.error)}`, { hint });
}
