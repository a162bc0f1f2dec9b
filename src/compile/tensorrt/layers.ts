import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Precision } from './intent.js';
import type { EngineLayers } from './report.js';

const tensor = z.looseObject({ 'Format/Datatype': z.string().optional(), Datatype: z.string().optional() });

/** What the inspector of TensorRT writes of a layer when it was built with detailed verbosity. */
const layer = z.looseObject({
  Name: z.string(),
  LayerType: z.string().optional(),
  ParameterType: z.string().optional(),
  Inputs: z.array(tensor).optional(),
  Outputs: z.array(tensor).optional(),
  Weights: z.looseObject({ Type: z.string().optional() }).optional(),
});

/** Names alone where it was built without detailed verbosity. */
const layerInfo = z.looseObject({ Layers: z.array(z.union([z.string(), layer])) });

type Layer = z.infer<typeof layer>;

/** The names that TensorRT has for element types, and ours. */
const types: readonly (readonly [pattern: RegExp, name: Precision])[] = [
  [/\bint8\b/i, 'int8'],
  [/\b(fp8|float8|e4m3)/i, 'fp8'],
  [/\b(bf16|bfloat16)\b/i, 'bf16'],
  [/\b(fp16|half|float16)\b/i, 'fp16'],
  [/\b(fp32|float|float32)\b/i, 'fp32'],
];

/** Layers that move or hold data. */
const moving = /reformat|shuffle|constant|noop|no-op|copy|concat|slice|signal|wait|shape/i;

/** From the narrowest: what multiplies int8 is an int8 layer, whatever its output is. */
const narrowest: readonly Precision[] = ['int8', 'fp8', 'fp16', 'bf16', 'fp32'];

/**
 * Reads what `--exportLayerInfo` wrote, and compares it with the precision that was asked for. A file that is no such
 * thing gives undefined.
 */
export async function readLayers(file: string, asked: Precision): Promise<EngineLayers | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch {
    // Absent or cut off: then nothing is known about the layers, which the caller tells.
    return undefined;
  }
  const parsed = layerInfo.safeParse(value);
  return parsed.success ? describeLayers(parsed.data.Layers, asked) : undefined;
}

export function describeLayers(layers: readonly (string | Layer)[], asked: Precision): EngineLayers {
  const detailed = layers.filter((one): one is Layer => typeof one !== 'string');
  const compute: Record<string, number> = {};
  for (const one of detailed) {
    if (moving.test(one.LayerType ?? '') || moving.test(one.ParameterType ?? '')) continue;
    const precision = precisionOf(one);
    if (precision !== undefined) compute[precision] = (compute[precision] ?? 0) + 1;
  }
  const known = Object.keys(compute).length > 0;
  return {
    total: layers.length,
    compute,
    verified: known ? asked === 'fp32' || (compute[asked] ?? 0) > 0 : null,
  };
}

/** The narrowest type that the layer reads, its weights counted in. */
function precisionOf({ Inputs = [], Weights }: Layer): Precision | undefined {
  const texts = Inputs.map((one) => one['Format/Datatype'] ?? one.Datatype ?? '');
  const found = new Set(
    [...texts, Weights?.Type ?? ''].map((text) => types.find(([pattern]) => pattern.test(text))?.[1]),
  );
  return narrowest.find((precision) => found.has(precision));
}
