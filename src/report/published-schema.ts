import { z } from 'zod';
import { benchResultSchema } from './bench-schema.js';

/** `docs/schema/bench.schema.json`: the form of a bench result for programs in any language (JSON Schema 2020-12). */
export function publishedSchema(): string {
  const schema = z.toJSONSchema(benchResultSchema, { target: 'draft-2020-12' });
  const described = {
    ...schema,
    title: 'infer-opt/bench@1',
    description:
      'What `infer-opt bench --json` prints. Accuracies and drops are fractions, latencies milliseconds.',
  };
  return `${JSON.stringify(described, undefined, 2)}\n`;
}
