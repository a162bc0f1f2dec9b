import { z } from 'zod';
import { pruneModel } from '../../prune/prune.js';
import { defineTransform, flag } from './transform.js';

export const prune = defineTransform({
  name: 'prune',
  summary: 'weights made zero or channels cut, and what stays repaired from samples',
  readsSamples: true,
  settings: z.strictObject({
    scheme: z.string().min(1).describe('magnitude, channel, 2:4 or another N:M'),
    ratio: z.number().min(0).lt(1).optional().describe('how much goes; what it counts is the scheme'),
    allocation: z.string().min(1).optional().describe('how zeros are shared out among layers'),
    repair: z.boolean().optional().describe('false only cuts'),
  }),
  async apply(settings, job) {
    const result = await pruneModel({ ...job, ...settings });
    return { warnings: result.warnings, result };
  },
  flags: ({ scheme, ratio, allocation, repair }) => [
    ...flag('scheme', scheme),
    ...flag('ratio', ratio),
    ...flag('allocation', allocation),
    ...(repair === false ? ['--no-repair'] : []),
  ],
});
