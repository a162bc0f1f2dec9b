import { z } from 'zod';
import { pruneModel } from '../../prune/prune.js';
import { defineTransform, flag } from './transform.js';

const left = (what: string): z.ZodOptional<z.ZodNumber> =>
  z.number().gt(0).max(1).optional().describe(`channel, instead of a ratio: what may be left of ${what}`);

export const prune = defineTransform({
  name: 'prune',
  summary: 'weights made zero or channels cut, and what stays repaired from samples',
  readsSamples: true,
  settings: z.strictObject({
    scheme: z.string().min(1).describe('magnitude, channel, 2:4 or another N:M'),
    ratio: z.number().min(0).lt(1).optional().describe('how much goes; what it counts is the scheme'),
    macs: left('the multiply-accumulates'),
    parameters: left('the parameters'),
    latency: left('the measured latency'),
    score: z.string().min(1).optional().describe('how channels are judged'),
    allocation: z.string().min(1).optional().describe('how zeros are shared out among layers'),
    repair: z.boolean().optional().describe('false only cuts'),
  }),
  async apply(settings, job) {
    const result = await pruneModel({ ...job, ...settings });
    return { warnings: result.warnings, result };
  },
  flags: ({ scheme, ratio, macs, parameters, latency, score, allocation, repair }) => [
    ...flag('scheme', scheme),
    ...flag('ratio', ratio),
    ...flag('macs', macs),
    ...flag('parameters', parameters),
    ...flag('latency', latency),
    ...flag('score', score),
    ...flag('allocation', allocation),
    ...(repair === false ? ['--no-repair'] : []),
  ],
});
