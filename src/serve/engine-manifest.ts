import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { InferOptError, messageOf } from '../errors.js';
import { loadModel } from '../onnx/load.js';
import { allDTypes } from '../tensor/dtype.js';
import { interfaceOf, type ModelInterface, type ServedTensor } from './interface.js';

const dims = z.array(z.int());
const tensor = z.object({
  name: z.string(),
  dtype: z.enum(allDTypes as [(typeof allDTypes)[number]]),
  /** -1 for open lengths. */
  dims,
});
const profile = z.record(z.string(), z.object({ min: dims, opt: dims, max: dims }));

/**
 * What is read of the file beside an engine, other fields left alone: inputs and outputs, or the model that it was
 * built from; and the ranges of shapes, by input, one entry for each optimization profile (in the manifest of
 * `infer-opt compile` they stand in its report).
 */
const manifest = z.object({
  inputs: z.array(tensor).min(1).optional(),
  outputs: z.array(tensor).min(1).optional(),
  profiles: z.array(profile).optional(),
  input: z.object({ path: z.string() }).optional(),
  report: z.object({ profiles: z.array(profile).default([]) }).optional(),
});

type Profile = z.infer<typeof profile>;

/** What is known of an engine. */
export interface Engine {
  /** Undefined when neither the manifest nor the model that it names tells. */
  readonly interface: ModelInterface | undefined;
  /** The largest batch that a profile allows; undefined where nothing limits it. */
  readonly largestBatch: number | undefined;
  /** Batch sizes that profiles are made for, where there are several. */
  readonly preferred: readonly number[];
}

/**
 * Reads `X.plan.json` beside `X.plan`. Undefined when there is no such file.
 *
 * @throws InferOptError `usage` when the file is there and says something else
 */
export async function readEngineManifest(engine: string): Promise<Engine | undefined> {
  const path = `${engine}.json`;
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InferOptError('usage', `cannot read ${path}: ${messageOf(thrown)}`, { cause: thrown });
  }
  const parsed = manifest.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InferOptError('usage', `${path}: ${issue!.path.join('.')}: ${issue!.message}`);
  }
  const { inputs, outputs, input, report } = parsed.data;
  const profiles = parsed.data.profiles ?? report?.profiles ?? [];
  const declared =
    inputs !== undefined && outputs !== undefined
      ? { inputs: inputs.map(opened), outputs: outputs.map(opened) }
      : await interfaceOfSource(input?.path, path);
  return { interface: declared && limited(declared, profiles), ...batchesOf(profiles) };
}

/** The interface of the model that an engine was built from, which has the same names and types. */
async function interfaceOfSource(
  source: string | undefined,
  manifestPath: string,
): Promise<ModelInterface | undefined> {
  if (source === undefined) return undefined;
  const place = [source, join(dirname(manifestPath), basename(source))].find((path) => existsSync(path));
  return place === undefined ? undefined : interfaceOf(await loadModel(place));
}

function opened({ name, dtype, dims: lengths }: z.infer<typeof tensor>): ServedTensor {
  return {
    name,
    dtype,
    // The batch is the same in all; other open lengths have no names.
    dims: lengths.map((length, axis) => (length >= 0 ? length : axis === 0 ? 'batch' : undefined)),
  };
}

/** Lengths of inputs that no profile leaves open are fixed in the engine, whatever the model said. */
function limited({ inputs, outputs }: ModelInterface, profiles: readonly Profile[]): ModelInterface {
  const fixed = inputs.map((one) => ({
    ...one,
    dims: one.dims?.map((dim, axis) => {
      const lengths = profiles.flatMap(({ [one.name]: range }) =>
        range === undefined ? [] : [range.min[axis], range.max[axis]],
      );
      const [length] = lengths;
      return length !== undefined && lengths.every((other) => other === length) ? length : dim;
    }),
  }));
  const batch = inputs[0]?.dims?.[0];
  const batchLength = fixed[0]?.dims?.[0];
  return {
    inputs: fixed,
    outputs: outputs.map((one) => ({
      ...one,
      dims: one.dims?.map((dim) =>
        typeof dim === 'string' && dim === batch && typeof batchLength === 'number' ? batchLength : dim,
      ),
    })),
  };
}

function batchesOf(profiles: readonly Profile[]): Pick<Engine, 'largestBatch' | 'preferred'> {
  const ranges = profiles.map((one) => Object.values(one));
  const limits = ranges
    .map((inputs) => Math.min(...inputs.map(({ max }) => max[0] ?? 1)))
    .filter(Number.isFinite);
  const best = ranges.flatMap((inputs) => inputs[0]?.opt[0] ?? []);
  return {
    largestBatch: limits.length === 0 ? undefined : Math.max(...limits),
    // Only then does Triton advise to name sizes: each profile is fast at its own.
    preferred: profiles.length < 2 ? [] : [...new Set(best)].filter((size) => size > 1).sort((a, b) => a - b),
  };
}
