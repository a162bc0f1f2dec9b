import { z } from 'zod';
import { InferOptError } from '../../errors.js';
import { allDTypes } from '../../tensor/dtype.js';
import type { Manifest } from '../manifest.js';
import type { ShapeProfile } from './profiles.js';
import { parseVersion, type TensorRtVersion } from './version.js';

const value = z.object({
  name: z.string(),
  dtype: z.enum(allDTypes as [(typeof allDTypes)[number]]),
  dims: z.array(z.union([z.number(), z.string()])),
});
const shape = z.array(z.number());
const profile = z.record(z.string(), z.object({ min: shape, opt: shape, max: shape }));

const recognized = z.object({
  environment: z.looseObject({ tensorrt: z.string() }),
  settings: z.looseObject({
    device: z.number().default(0),
    extra: z.array(z.string()).default([]),
    version_compatible: z.boolean().default(false),
  }),
  report: z.looseObject({
    interface: z.object({ inputs: z.array(value), outputs: z.array(value) }),
    profiles: z.array(profile),
  }),
});

/** An input or output of an engine. A free dim is its symbol, or empty where it has none. */
export type EngineValue = z.infer<typeof value>;

/** What running an engine takes, as its manifest tells it. */
export interface EngineFacts {
  readonly version: TensorRtVersion;
  readonly versionCompatible: boolean;
  readonly device: number;
  readonly extra: readonly string[];
  readonly profiles: readonly ShapeProfile[];
  readonly inputs: readonly EngineValue[];
  readonly outputs: readonly EngineValue[];
}

/** Reads the parts of an engine's manifest that running it takes. Throws `usage` for a manifest without them. */
export function engineFacts(engine: string, manifest: Manifest): EngineFacts {
  const parsed = recognized.safeParse(manifest);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InferOptError('usage', `${engine}.json: ${issue!.path.join('.')}: ${issue!.message}`, {
      hint: 'build the engine anew with compile --force: its manifest is of another version',
    });
  }
  const { environment, settings, report } = parsed.data;
  return {
    version: parseVersion(environment.tensorrt),
    versionCompatible: settings.version_compatible,
    device: settings.device,
    extra: settings.extra,
    profiles: report.profiles.map((ranges) => new Map(Object.entries(ranges))),
    ...report.interface,
  };
}
