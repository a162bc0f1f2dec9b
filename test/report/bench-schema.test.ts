import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runBench } from '../../src/bench/bench.js';
import { openDataset } from '../../src/data/dataset.js';
import { parseGate } from '../../src/gates/parse.js';
import { benchResultSchema } from '../../src/report/bench-schema.js';
import { linear, writeTiny } from '../bench/tiny-models.js';
import { build } from '../cli/run-cli.js';

beforeAll(build, 180_000);

describe('the schema of a bench result', () => {
  it('takes what a bench makes, through JSON, and nothing with a field more or less', async () => {
    const result = await runBench({
      baseline: writeTiny('schema-a', linear(2, 3, [1, 2, 3, 4, 5, 6])),
      candidates: [
        writeTiny('schema-b', linear(2, 3, [1, 2, 3, 4, 5, 7])),
        writeTiny('schema-c', Uint8Array.of(1)),
      ],
      openDataset: (inputs) => openDataset(undefined, inputs, { split: { evaluate: 10 } }),
      gates: [parseGate('speedup >= 0.5'), parseGate('latency.p99 <= 1s')],
      batches: [1, 2],
      timeMs: 300,
    });
    const read: unknown = JSON.parse(JSON.stringify(result));
    expect(benchResultSchema.parse(read)).toEqual(result);
    expect(benchResultSchema.safeParse({ ...result, extra: 1 }).success).toBe(false);
    expect(benchResultSchema.safeParse({ ...result, verdict: 'maybe' }).success).toBe(false);
  });

  it('can be published as JSON Schema', () => {
    const schema = z.toJSONSchema(benchResultSchema);
    expect(schema.properties).toHaveProperty('artifacts');
    expect(schema.required).toContain('gates');
  });
});
