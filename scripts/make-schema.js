// `npm run schema`: writes docs/schema/bench.schema.json from the schema that results are checked with.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishedSchema } from '../dist/report/published-schema.js';
import { root } from './setup.js';

writeFileSync(join(root, 'docs', 'schema', 'bench.schema.json'), publishedSchema());
