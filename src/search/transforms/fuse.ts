import { z } from 'zod';
import { fuseModel } from '../../fuse/fuse.js';
import { defineTransform, flag, flagEach } from './transform.js';

export const fuse = defineTransform({
  name: 'fuse',
  summary: 'a simpler graph that computes the same',
  // Samples only check it.
  readsSamples: false,
  settings: z.strictObject({
    level: z.enum(['safe', 'basic', 'full']).optional().describe('how far to go; basic without'),
    pass: z.array(z.string().min(1)).optional().describe('only these passes'),
    skip: z.array(z.string().min(1)).optional().describe('not these passes'),
    opset: z.int().min(1).max(99).optional().describe('carry the model to this operator set first'),
  }),
  async apply({ level, pass, skip, opset }, { measure, ...job }) {
    const result = await fuseModel({ ...job, level, only: pass, skip, opset, bench: measure === true });
    return { warnings: result.warnings, result };
  },
  flags: ({ level, pass, skip, opset }) => [
    ...flag('level', level),
    ...flagEach('pass', pass),
    ...flagEach('skip', skip),
    ...flag('opset', opset),
  ],
});
