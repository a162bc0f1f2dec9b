import { z } from 'zod';
import { InferOptError } from '../../errors.js';
import { defineStep } from './step.js';

export const packageStep = defineStep({
  name: 'package',
  summary: 'put what was made into a model repository for Triton',
  settings: z.strictObject({
    output: z.string().min(1).describe('the repository; a model that is there gets a next version'),
    target: z.enum(['triton']).optional().describe('the server'),
    name: z.string().min(1).optional().describe("the model's name; the stem of its file without"),
    max_batch: z.int().min(1).max(65_536).optional().describe('largest batch'),
    instances: z.int().min(1).max(1024).optional().describe('copies that run at the same time'),
  }),
  changesModel: false,
  describe: ({ output, name }) => `package -o ${output}${name === undefined ? '' : ` --name ${name}`}`,
  async run({ output, ...settings }, context) {
    if (context.packaging === undefined) {
      throw new InferOptError('usage', 'the step package is for the command line', {
        hint: 'run the recipe with infer-opt run',
      });
    }
    const { result, warnings } = await context.packaging(context.current, context.resolve(output), settings);
    return { result, warnings, cached: false };
  },
});
