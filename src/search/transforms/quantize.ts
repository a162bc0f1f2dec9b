import { z } from 'zod';
import { rangeMethods } from '../../calibrate/methods/list.js';
import { modes } from '../../quantize/modes/list.js';
import { overrideSchema, overrideText } from '../../quantize/overrides/override.js';
import { quantizeModel } from '../../quantize/quantize.js';
import { targets } from '../../quantize/targets/list.js';
import { quantizationGoal } from './quantization-goal.js';
import { defineTransform, flag, flagEach } from './transform.js';

const oneOf = (list: readonly { readonly name: string }[], ...more: string[]) =>
  z.enum([...new Set([...more, ...list.map(({ name }) => name)])]);

export const quantize = defineTransform({
  name: 'quantize',
  summary: '8-bit or 16-bit numbers instead of 32-bit floats',
  readsSamples: true,
  settings: z.strictObject({
    mode: oneOf(modes, 'auto').optional().describe('auto tries what suggests itself and keeps what pays'),
    target: oneOf(targets, 'auto').optional().describe('the machine that the artifact is for'),
    calibration: oneOf(rangeMethods, 'auto').optional().describe('how ranges are chosen from samples'),
    gate: z
      .string()
      .min(1)
      .optional()
      .describe('static mode: groups stay float until it is met on the calibration samples'),
    by: z.enum(['sqnr', 'metric']).optional().describe('with gate: what puts the groups in order'),
    exclude: z.array(z.string().min(1)).optional().describe('nodes to leave as they are: /head/*, op:Gemm'),
    include: z.array(z.string().min(1)).optional().describe('nothing but these nodes: op:MatMul'),
    overrides: z
      .array(overrideSchema)
      .optional()
      .describe('static mode: what holds for single nodes and values instead'),
    bits: z
      .union([z.literal(4), z.literal(8)])
      .optional()
      .describe('static, weights: bits of a weight'),
    opset: z.int().min(1).max(99).optional().describe('operator set of the artifact'),
    rounding: z.enum(['output', 'nearest']).optional().describe('static mode: how weights are rounded'),
    equalize: z.boolean().optional().describe('static mode: scale channels so that they use integers alike'),
    keep_io: z.boolean().optional().describe('fp16, bf16: inputs and outputs stay float32'),
  }),
  async apply({ keep_io, gate, by = 'sqnr', ...settings }, job) {
    const goal = gate === undefined ? undefined : quantizationGoal(gate, by);
    const result = await quantizeModel({ ...job, ...settings, goal, keepIo: keep_io });
    return { warnings: result.warnings, result };
  },
  flags: (settings) => [
    ...flag('mode', settings.mode),
    ...flag('target', settings.target),
    ...flag('calibration', settings.calibration),
    ...flag('gate', settings.gate),
    ...flag('by', settings.by),
    ...flagEach('exclude', settings.exclude),
    ...flagEach('include', settings.include),
    ...flagEach('override', settings.overrides?.map(overrideText)),
    ...flag('bits', settings.bits),
    ...flag('opset', settings.opset),
    ...flag('rounding', settings.rounding),
    ...(settings.equalize === false ? ['--no-equalize'] : []),
    ...(settings.keep_io === true ? ['--keep-io'] : []),
  ],
});
