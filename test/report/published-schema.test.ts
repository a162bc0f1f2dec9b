import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { publishedSchema } from '../../src/report/published-schema.js';
import { root } from '../cli/run-cli.js';

it('is the one in docs/schema (made anew by: npm run schema)', () => {
  expect(readFileSync(join(root, 'docs', 'schema', 'bench.schema.json'), 'utf8')).toBe(publishedSchema());
});
