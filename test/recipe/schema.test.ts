import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recipeJsonSchema } from '../../src/recipe/schema.js';
import { steps } from '../../src/recipe/steps/list.js';

describe('the JSON Schema of recipes', () => {
  it('is the one in docs (node scripts/make-recipe-schema.js writes it)', () => {
    const text = readFileSync(new URL('../../docs/schema/recipe.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(recipeJsonSchema())));
  });

  it('has every step, and lets a variable stand where a number is wanted', () => {
    const schema = recipeJsonSchema() as {
      properties: {
        steps: { items: { properties: object; maxProperties: number } };
        seed: { anyOf: object[] };
      };
    };
    expect(Object.keys(schema.properties.steps.items.properties)).toEqual(steps.map(({ name }) => name));
    expect(schema.properties.steps.items.maxProperties).toBe(1);
    expect(schema.properties.seed.anyOf).toEqual([
      expect.objectContaining({ type: 'integer', minimum: 0 }),
      { type: 'string', pattern: '^\\$\\{.*\\}$' },
    ]);
  });
});

describe('docs/recipe.md', () => {
  it('tells of every step', () => {
    const text = readFileSync(new URL('../../docs/recipe.md', import.meta.url), 'utf8');
    for (const { name } of steps) expect(text).toContain(`| \`${name}\``);
  });
});
