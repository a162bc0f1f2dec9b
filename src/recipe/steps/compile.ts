import { z } from 'zod';
import { compileModel } from '../../compile/compile.js';
import { compilers } from '../../compile/list.js';
import { defineStep } from './step.js';

export const compile = defineStep({
  name: 'compile',
  summary: 'make an artifact for one runtime on one kind of machine',
  settings: z.strictObject({
    target: z.enum(compilers.map(({ name }) => name)).describe('the runtime'),
    output: z.string().min(1).describe('file to write'),
  }),
  // Its artifact belongs to one machine: what follows goes on with the portable one.
  changesModel: false,
  outputs: ({ output }) => [output],
  describe: ({ target, output }) => `compile -o ${output} --target ${target}`,
  async run({ target, output }, context) {
    const { current, data, dataset, threads, progress, signal } = context;
    const result = await compileModel({
      model: current,
      output: context.resolve(output),
      target,
      data,
      dataset,
      threads,
      progress,
      signal,
    });
    return { result, warnings: result.warnings, cached: result.state === 'reused' };
  },
});
