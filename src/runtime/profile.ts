import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { InferOptError, messageOf } from '../errors.js';
import type { Model } from '../ir/model.js';
import type { Tensor } from '../tensor/tensor.js';
import { openSession, type SessionOptions } from './session.js';
import { withTemporaryFolder } from './temporary-folder.js';

/** One kernel of a profiled run: what the runtime really executed for a node. */
export interface KernelProfile {
  /** The node's name in the graph as the runtime rewrote it. */
  readonly nodeName: string;
  readonly opType: string;
  /** The execution provider, for instance CPUExecutionProvider. */
  readonly provider: string;
  /** Microseconds of each call, in order; more than one a run for a node in a loop. */
  readonly timesUs: readonly number[];
  /** Dims of the inputs that are given (omitted ones are not listed), at the first call. */
  readonly inputShapes: readonly (readonly number[])[];
  readonly outputShapes: readonly (readonly number[])[];
}

const shapes = z.array(z.record(z.string(), z.array(z.number())));
const anyEvent = z.looseObject({ cat: z.string(), name: z.string() });
const kernelEvent = z.object({
  name: z.string(),
  dur: z.number(),
  args: z.object({
    op_name: z.string(),
    provider: z.string(),
    node_index: z.string(),
    input_type_shape: shapes,
    output_type_shape: shapes,
  }),
});

/**
 * Runs a model with the runtime's profiler on. The first run is the cold one: ask for several and drop it
 * where times matter. Throws what `openSession` and `Session.run` throw.
 */
export async function profileModel(
  source: Model | Uint8Array | string,
  feeds: ReadonlyMap<string, Tensor>,
  options: SessionOptions & { readonly runs?: number } = {},
): Promise<KernelProfile[]> {
  return withTemporaryFolder(async (folder) => {
    const session = await openSession(source, { ...options, profilePrefix: path.join(folder, 'profile') });
    try {
      for (let run = 0; run < (options.runs ?? 1); run++) await session.run(feeds);
    } finally {
      await session.close();
    }
    const file = (await readdir(folder)).find((name) => name.startsWith('profile'));
    if (file === undefined) throw new InferOptError('environment', 'the runtime wrote no profile');
    return parseProfile(await readFile(path.join(folder, file), 'utf8'));
  });
}

/** The kernels in the runtime's profile (a list of trace events as JSON), in the order of their first calls. */
export function parseProfile(text: string): KernelProfile[] {
  let events: unknown;
  try {
    events = JSON.parse(text);
  } catch (error) {
    throw new InferOptError('environment', `the runtime's profile cannot be read: ${messageOf(error)}`);
  }
  const kernels = new Map<string, KernelProfile & { timesUs: number[] }>();
  for (const event of z.array(anyEvent).parse(events)) {
    // The other kinds tell of loading and of whole runs.
    if (event.cat !== 'Node' || !event.name.endsWith('_kernel_time')) continue;
    const { name, dur, args } = kernelEvent.parse(event);
    const key = `${name} ${args.node_index} ${args.op_name}`;
    const known = kernels.get(key);
    if (known !== undefined) known.timesUs.push(dur);
    else {
      kernels.set(key, {
        nodeName: name.replace(/_kernel_time$/, ''),
        opType: args.op_name,
        provider: args.provider,
        timesUs: [dur],
        inputShapes: args.input_type_shape.flatMap((shape) => Object.values(shape)),
        outputShapes: args.output_type_shape.flatMap((shape) => Object.values(shape)),
      });
    }
  }
  return [...kernels.values()];
}
