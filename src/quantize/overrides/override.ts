import { z } from 'zod';
import { rangeMethods } from '../../calibrate/methods/list.js';
import { firstIssue, InferOptError } from '../../errors.js';

const pattern = z.string().min(1);

/** More than the pattern. */
const setsSomething = (override: object): boolean => Object.keys(override).length > 1;

const ofNodes = z
  .strictObject({
    nodes: pattern.describe('nodes that it holds for: /head/*, op:Gemm'),
    bits: z
      .union([z.literal(4), z.literal(8)])
      .optional()
      .describe('bits of a weight'),
    weight_scales: z
      .enum(['max', 'mse'])
      .optional()
      .describe('by the largest weight, or the least squared error'),
    rounding: z.enum(['output', 'nearest']).optional().describe('how weights are rounded'),
  })
  .refine(setsSomething, 'it sets nothing');

const ofValues = z
  .strictObject({
    values: pattern.describe('values that it holds for, by their names'),
    calibration: z
      .enum(rangeMethods.map(({ name }) => name))
      .optional()
      .describe('how their ranges are chosen'),
    range: z
      .tuple([z.number(), z.number()])
      .refine(([low, high]) => low <= high, 'its low end is above its high end')
      .optional()
      .describe('their range as it is'),
  })
  .refine(setsSomething, 'it sets nothing');

/** A setting of static mode for some nodes or values, by a pattern over their names. Field names are those of recipes. */
export const overrideSchema = z.union([ofNodes, ofValues]);

export type NodeOverride = z.infer<typeof ofNodes>;
export type ValueOverride = z.infer<typeof ofValues>;
export type Override = NodeOverride | ValueOverride;

const valuePrefix = 'value:';

const form =
  "such as '/head/* bits=8,rounding=nearest', 'op:Gemm weight_scales=mse', 'value:logits calibration=minmax' or 'value:x range=-1:1'";

/**
 * Reads an override as the command line takes it: a pattern, a space, and settings. Throws `usage` for what is none.
 */
export function parseOverride(text: string): Override {
  const fail = (why: string): InferOptError =>
    new InferOptError('usage', `--override ${JSON.stringify(text)}: ${why}`, { hint: form });
  const space = text.trimEnd().lastIndexOf(' ');
  if (space <= 0) throw fail('expected a pattern, a space, and settings');
  const [selected, settings] = [text.slice(0, space).trim(), text.slice(space + 1).trim()];
  const isValue = selected.startsWith(valuePrefix);
  const fields = Object.fromEntries(
    settings.split(',').map((one) => {
      const at = one.indexOf('=');
      if (at <= 0) throw fail(`expected NAME=VALUE, and found ${JSON.stringify(one)}`);
      return [one.slice(0, at), fieldOf(one.slice(0, at), one.slice(at + 1))];
    }),
  );
  const schema = isValue ? ofValues : ofNodes;
  const parsed = schema.safeParse({
    ...fields,
    ...(isValue ? { values: selected.slice(valuePrefix.length) } : { nodes: selected }),
  });
  if (parsed.success) return parsed.data;
  throw fail(firstIssue(parsed.error));
}

function fieldOf(name: string, text: string): unknown {
  if (name === 'bits') return Number(text);
  if (name === 'range') return text.split(':').map(Number);
  return text;
}

/** The same as the command line takes it. */
export function overrideText(override: Override): string {
  const { selected, rest } =
    'nodes' in override
      ? { selected: override.nodes, rest: { ...override, nodes: undefined } }
      : { selected: `${valuePrefix}${override.values}`, rest: { ...override, values: undefined } };
  const settings = Object.entries(rest).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${Array.isArray(value) ? value.join(':') : value}`],
  );
  return `${selected} ${settings.join(',')}`;
}
