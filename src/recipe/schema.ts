import { z } from 'zod';
import { steps } from './steps/list.js';

/** The recipe file. Field names are those of the file; the JSON Schema and the documentation follow from it. */

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const count = z.int().min(0);
const name = /^[A-Za-z_]\w*$/;

const oneStep = z.strictObject(
  Object.fromEntries(
    steps.map(({ name: key, settings, summary }) => [key, settings.optional().describe(summary)]),
  ),
);

export const recipeSchema = z.strictObject({
  version: z.literal(1).optional().describe('of this format'),
  include: z
    .array(z.string().min(1))
    .optional()
    .describe('recipes whose keys hold where this one does not say them; later ones over earlier ones'),
  vars: z.record(z.string().regex(name), scalar).optional().describe('values for ${NAME}'),
  matrix: z
    .record(z.string().regex(name), z.array(scalar).min(1))
    .optional()
    .describe('the recipe runs once for each combination of these values'),
  model: z.string().min(1).describe('the ONNX model, from the folder of the recipe'),
  data: z.string().min(1).optional().describe('dataset file or source, from the folder of the recipe'),
  output: z.string().min(1).optional().describe('the file to write, from the folder of the recipe'),
  seed: z.int().min(0).max(0xffff_ffff).optional().describe('of everything drawn at random'),
  threads: z.int().min(1).max(1024).optional().describe('threads the runtime computes with'),
  samples: z.int().min(1).optional().describe('how many samples to calibrate with'),
  split: z
    .strictObject({ calibrate: count.optional(), evaluate: count.optional() })
    .optional()
    .describe('sizes of the disjoint parts of the data'),
  steps: z.array(oneStep).min(1).describe('what is done, one after the other'),
});

export type Recipe = z.infer<typeof recipeSchema>;

/** The JSON Schema for editors. Wherever a value is expected that is no text, a `${NAME}` may stand for it. */
export function recipeJsonSchema(): object {
  const schema = z.toJSONSchema(recipeSchema, {
    override: ({ jsonSchema }) => {
      const { type, enum: values, description, ...rest } = jsonSchema;
      if (type !== 'integer' && type !== 'number' && type !== 'boolean' && values === undefined) return;
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      Object.assign(jsonSchema, {
        ...(description === undefined ? {} : { description }),
        anyOf: [
          {
            ...(type === undefined ? {} : { type }),
            ...(values === undefined ? {} : { enum: values }),
            ...rest,
          },
          { type: 'string', pattern: String.raw`^\$\{.*\}$` },
        ],
      });
    },
  });
  const { properties } = schema;
  const items = (properties?.steps as { items: object }).items;
  Object.assign(items, { minProperties: 1, maxProperties: 1 });
  return { ...schema, title: 'infer-opt recipe' };
}
