import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseGate } from '../../gates/parse.js';
import { writeWhole } from '../../output-file.js';
import { families } from '../../search/candidates/list.js';
import { optimize as optimizeModel } from '../../search/optimize.js';
import { durationText, millisecondsOf } from '../duration.js';
import { gateText } from '../gate-text.js';
import { defineStep } from './step.js';

const kinds = z.enum(families.map(({ name }) => name));

export const optimize = defineStep({
  name: 'optimize',
  summary: 'try candidates, and go on with the fastest that holds the gates',
  settings: z.strictObject({
    gates: z.array(gateText).optional().describe("what the winner must hold, such as 'top1.drop <= 0.005'"),
    strict: z.boolean().optional().describe('a gate that stays inconclusive is not enough'),
    time: durationText.optional().describe('time for everything'),
    only: z.array(kinds).optional().describe('only candidates of these kinds'),
    skip: z.array(kinds).optional().describe('no candidates of these kinds'),
  }),
  changesModel: true,
  describe: ({ gates = [], time, strict }) =>
    [
      'optimize',
      ...gates.map((gate) => `--gate '${gate}'`),
      ...(strict === true ? ['--strict'] : []),
      ...(time === undefined ? [] : ['--time', time]),
    ].join(' '),
  async run({ gates, strict, time, only, skip }, context) {
    const { current, data, dataset, threads, progress, signal, cache, scratch, output } = context;
    const result = await optimizeModel({
      model: current,
      output: join(scratch, 'search'),
      data,
      dataset,
      gates: (gates ?? []).map(parseGate),
      strict,
      timeMs: millisecondsOf(time),
      only,
      skip,
      threads,
      cache: cache?.folder ?? null,
      progress,
      signal,
    });
    await writeWhole(output, (temporary) => copyFile(result.winner.path, temporary));
    return { result, warnings: result.warnings, cached: false, verdict: result.verdict };
  },
});
