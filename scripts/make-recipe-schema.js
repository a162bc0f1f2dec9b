// `node scripts/make-recipe-schema.js`: writes docs/schema/recipe.schema.json from the schema that recipes are checked with.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { ensureInstalled, root } from './setup.js';

ensureInstalled();
const { recipeJsonSchema } = await import('../dist/recipe/schema.js');
const folder = join(root, 'docs', 'schema');
mkdirSync(folder, { recursive: true });
const text = await format(JSON.stringify(recipeJsonSchema()), { parser: 'json', printWidth: 110 });
writeFileSync(join(folder, 'recipe.schema.json'), text);
