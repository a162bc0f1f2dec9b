import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { firstIssue, InferOptError, messageOf } from '../errors.js';
import { writeWhole } from '../output-file.js';
import type { Range } from './range-method.js';

const schema = 'infer-opt/ranges@1';

const content = z.strictObject({
  schema: z.literal(schema),
  values: z.record(
    z.string(),
    z
      .strictObject({ low: z.number(), high: z.number() })
      .refine(({ low, high }) => low <= high, 'low is above high'),
  ),
});

/** Ranges of values by their names, in the order of the graph. Throws `usage` for a file that says something else. */
export async function readRanges(file: string): Promise<ReadonlyMap<string, Range>> {
  const fail = (why: string): InferOptError =>
    new InferOptError('usage', `${file} holds no ranges: ${why}`, {
      hint: `it looks like {"schema": "${schema}", "values": {"NAME": {"low": -1.5, "high": 2}}}; --save-ranges writes one`,
    });
  let text: unknown;
  try {
    text = JSON.parse(await readFile(file, 'utf8'));
  } catch (thrown) {
    throw fail(messageOf(thrown));
  }
  const parsed = content.safeParse(text);
  if (parsed.success) return new Map(Object.entries(parsed.data.values));
  throw fail(firstIssue(parsed.error));
}

export async function writeRanges(file: string, ranges: ReadonlyMap<string, Range>): Promise<void> {
  const text = JSON.stringify({ schema, values: Object.fromEntries(ranges) }, undefined, 1);
  await writeWhole(file, (temporary) => writeFile(temporary, `${text}\n`));
}
