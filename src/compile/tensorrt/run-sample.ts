import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InferOptError } from '../../errors.js';
import { Tensor } from '../../tensor/tensor.js';
import type { EngineRun, RunShapes } from './commands/job.js';
import { outputWords } from './commands/measure.js';
import { readOutputs, type EngineOutput } from './outputs.js';
import { quotedName, type ShapeProfile } from './profiles.js';
import { isAtLeast } from './version.js';

export interface SampleRun {
  readonly engine: string;
  /** Gets the files of this run. */
  readonly folder: string;
  /** Runs trtexec with these words; throws when it fails. */
  readonly run: (words: readonly string[]) => Promise<unknown>;
}

/** What an engine gives for one sample, in a run of trtexec of its own. Throws `usage` when no profile holds its shapes. */
export async function runSample(
  run: EngineRun,
  inputs: ReadonlyMap<string, Tensor>,
  { engine, folder, run: start }: SampleRun,
): Promise<ReadonlyMap<string, EngineOutput>> {
  const spec = await writeInputs(run, inputs, folder);
  const written = path.join(folder, 'outputs.json');
  await start(outputWords({ ...run, at: shapesOf(run.profiles, inputs) }, engine, spec, written));
  return readOutputs(written);
}

/** The shapes of a sample, and the profile that is made for them: one that holds them, best at its usual shapes. */
export function shapesOf(
  profiles: readonly ShapeProfile[],
  inputs: ReadonlyMap<string, Tensor>,
): RunShapes | undefined {
  const [first] = profiles;
  if (first === undefined) return undefined;
  const dims = new Map([...first.keys()].map((name) => [name, inputs.get(name)!.dims]));
  const holding = profiles.flatMap((profile, index) => (holds(profile, dims) ? [index] : []));
  const usual = holding.find((index) =>
    [...profiles[index]!].every(([name, { opt }]) => opt.join() === dims.get(name)!.join()),
  );
  const profile = usual ?? holding[0];
  if (profile !== undefined) return { profile, dims };
  const said = [...dims].map(([name, shape]) => `${name} ${shape.join('x')}`).join(', ');
  throw new InferOptError('usage', `the engine has no profile for a sample of ${said}`, {
    hint: 'compile it with a --profile that holds all shapes of the data',
  });
}

function holds(profile: ShapeProfile, dims: ReadonlyMap<string, readonly number[]>): boolean {
  return [...profile].every(([name, { min, max }]) =>
    dims.get(name)!.every((length, axis) => length >= min[axis]! && length <= max[axis]!),
  );
}

/** Writes raw little-endian files, one an input, and gives the words that name them for `--loadInputs`. */
export async function writeInputs(
  { trtexec }: EngineRun,
  inputs: ReadonlyMap<string, Tensor>,
  folder: string,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const parts: string[] = [];
  for (const [name, tensor] of inputs) {
    const file = path.join(folder, `input-${parts.length}.bin`);
    // Before 9 the engine has int32 where the model has int64.
    const narrow = tensor.dtype === 'int64' && !isAtLeast(trtexec.version, '9.0');
    const given = narrow ? Tensor.fromNumbers('int32', tensor.dims, tensor.toNumbers()) : tensor;
    await writeFile(file, given.bytes());
    parts.push(`${quotedName(name)}:${file}`);
  }
  return parts.join(',');
}
