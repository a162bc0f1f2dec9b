import { mkdtemp, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { dependsOnCompany } from '../../bench/serving/batch-check.js';
import { openingOf } from '../../compile/opening.js';
import { checkFile, readArtifactFile } from '../../bench/artifact-file.js';
import { readDescription } from '../../data/read-description.js';
import { resolveShapes } from '../../data/synthetic.js';
import { InferOptError } from '../../errors.js';
import type { Model } from '../../ir/model.js';
import { externalFiles } from '../../onnx/external-files.js';
import { loadModel } from '../../onnx/load.js';
import { writeModel } from '../../onnx/write-file.js';
import { onnxFiles, type FileCopy } from '../../serve/artifact-files.js';
import { findBatchAxis, type BatchAxis } from '../../serve/batch-axis.js';
import { makeBatchDynamic } from '../../ir/dynamic-batch.js';
import { readEngineManifest } from '../../serve/engine-manifest.js';
import { interfaceOf, refine, type ModelInterface } from '../../serve/interface.js';
import { onnxruntime, tensorrt, type Backend } from '../../serve/triton/backend.js';
import type { PlannedSettings } from './plan-settings.js';
import { tryOut } from './try-out.js';
import type { PackageWishes } from './wishes.js';

/** What was found out about an artifact. */
export interface DescribedArtifact {
  readonly backend: Backend;
  readonly files: readonly FileCopy[];
  readonly interface: ModelInterface | undefined;
  readonly batch: BatchAxis;
  /** The runtime saved the graph after its own optimization. */
  readonly saved: boolean;
  /** In words, for the result. */
  readonly batchText: string;
  readonly largestBatch: number | undefined;
  readonly preferred: readonly number[];
  /** Output to input. */
  readonly state: ReadonlyMap<string, string>;
  /** Lengths of each input of a warm-up request, batch included; undefined when it is not sure that one would run. */
  readonly lengths: ReadonlyMap<string, readonly number[]> | undefined;
  /** What one copy of it takes in memory, about. */
  readonly memoryBytes: number;
}

interface Surroundings extends PackageWishes {
  /** A folder for models that are written on the way; it goes away. */
  readonly scratch: string;
  readonly planned: PlannedSettings | undefined;
  readonly warnings: string[];
  readonly signal: AbortSignal;
}

/** Looks at an artifact, and runs it where it can be run here. */
export async function describeArtifact(path: string, around: Surroundings): Promise<DescribedArtifact> {
  await checkFile(path);
  if (/\.(plan|engine)$/i.test(path)) return describeEngine(path, around);
  if (/\.onnx$/i.test(path)) return describeOnnx(path, around);
  throw new InferOptError('usage', `${path}: a repository takes .onnx files and TensorRT .plan files`);
}

async function describeEngine(path: string, around: Surroundings): Promise<DescribedArtifact> {
  const engine = await readEngineManifest(path);
  if (engine?.interface === undefined) {
    around.warnings.push(
      `${path}: its inputs and outputs are not known (no ${path}.json that tells them): Triton reads them from the engine`,
    );
  }
  const batch: BatchAxis =
    engine?.interface === undefined
      ? { dynamic: false, reason: 'read from the engine by the server' }
      : findBatchAxis(engine.interface);
  return {
    backend: tensorrt,
    files: [{ from: path, to: 'model.plan' }],
    interface: engine?.interface,
    batch,
    saved: false,
    batchText: batch.dynamic ? 'the engine has a profile for it' : batch.reason,
    largestBatch: engine?.largestBatch,
    preferred: engine?.preferred ?? [],
    state: await stateOf(around),
    lengths: engine?.interface && lengthsOf(engine.interface),
    memoryBytes: 2 * (await stat(path)).size,
  };
}

async function describeOnnx(original: string, around: Surroundings): Promise<DescribedArtifact> {
  const { warnings, planned } = around;
  let path = original;
  let model = await loadModel(original);
  const fixed = findBatchAxis(servedInterface(original, model));
  const opened = around.dynamicBatch === true && !fixed.dynamic;
  if (opened) {
    path = join(await mkdtemp(join(around.scratch, 'model-')), basename(original));
    model = await openBatch(original, model, path);
  }
  if (planned !== undefined && planned.sha256 !== null) {
    const { sha256 } = await readArtifactFile(original, externalFiles(await loadModel(original)));
    if (sha256 !== planned.sha256)
      warnings.push(`${planned.path} was measured on another file than ${original}`);
  }
  const state = await stateOf(around);
  const declared = interfaceOf(model);
  const session = opened ? undefined : (await openingOf(original))?.session;
  if (session !== undefined) {
    warnings.push(
      `${original} was compiled for this CPU and this onnxruntime: on a server with others package the model that it was made from`,
    );
  }
  const found = around.check
    ? await tryOut(path, { ...around, original, declared, opened, session })
    : undefined;
  const known = found === undefined ? declared : refine(declared, found);
  let batch = findBatchAxis(known);
  let batchText = batch.dynamic ? 'the first length of all inputs and outputs is open' : batch.reason;
  if (batch.dynamic && found?.check !== undefined) {
    const { obstacle } = found.check;
    if (obstacle !== undefined) {
      if (opened) {
        throw new InferOptError('model', `${original} cannot take batches: ${obstacle}`, {
          hint: 'leave --dynamic-batch out: it is then served one request at a time',
        });
      }
      batch = { dynamic: false, reason: obstacle };
      batchText = obstacle;
      warnings.push(
        `${original} declares an open batch, but ${obstacle}: it is served one request at a time`,
      );
    } else {
      batchText = `${opened ? 'made dynamic, and ' : ''}checked with batches of ${found.sizes.join(', ')}`;
      if (dependsOnCompany(found.check)) {
        const percent = (found.check.difference * 100).toPrecision(2);
        warnings.push(
          `${original}: answers depend on what else is in a batch (by up to ${percent}% of the largest value), as with ranges that are found at run time`,
        );
      }
    }
  } else if (opened && found?.check === undefined) {
    throw new InferOptError('usage', `${original}: --dynamic-batch must be checked by running the model`, {
      hint: 'leave --no-check out, and give --data if made-up inputs do not run',
    });
  }
  if (around.warmUp > 0 && found?.warmUpLengths === undefined && state.size === 0)
    warnings.push(`${original}: no warm-up is written, because none is known to run`);
  return {
    backend: onnxruntime,
    files: onnxFiles(path, model),
    interface: known,
    batch,
    saved: session !== undefined,
    batchText,
    largestBatch: undefined,
    preferred: [],
    state,
    lengths: found?.warmUpLengths,
    memoryBytes: planned?.peakMemoryBytes ?? found?.memoryBytes ?? 2 * (await stat(original)).size,
  };
}

/** The interface, with the file's name in what is wrong with it. */
function servedInterface(path: string, model: Model): ModelInterface {
  try {
    return interfaceOf(model);
  } catch (thrown) {
    if (!(thrown instanceof InferOptError)) throw thrown;
    const hint = thrown.hint === undefined ? {} : { hint: thrown.hint };
    throw new InferOptError(thrown.code, `${path}: ${thrown.message}`, { ...hint, cause: thrown });
  }
}

/** Writes a copy of the model that takes batches. */
async function openBatch(original: string, model: Model, path: string): Promise<Model> {
  try {
    makeBatchDynamic(model);
  } catch (thrown) {
    if (!(thrown instanceof InferOptError) || thrown.code !== 'model') throw thrown;
    throw new InferOptError('model', `${original} cannot take batches: ${thrown.message}`, {
      hint: thrown.hint ?? 'leave --dynamic-batch out',
      cause: thrown,
    });
  }
  await writeModel(model, path);
  return loadModel(path);
}

/** The state map of the dataset file, and of `--state`, which wins. */
async function stateOf({ data, state }: PackageWishes): Promise<ReadonlyMap<string, string>> {
  const described =
    data !== undefined && /\.ya?ml$/i.test(data) ? (await readDescription(data)).state : undefined;
  const map = new Map(Object.entries(described ?? {}));
  for (const pair of state ?? []) {
    const at = pair.indexOf('=');
    if (at < 1) throw new InferOptError('usage', `--state ${pair} is no OUTPUT=INPUT`);
    map.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return map;
}

/** Lengths for a request where nothing was run: those of made-up inputs. */
function lengthsOf({ inputs }: ModelInterface): ReadonlyMap<string, readonly number[]> {
  const specs = inputs.map(({ name, dtype, dims }) => ({ name, dtype, dims }));
  return new Map([...resolveShapes(specs)].map(([{ name }, dims]) => [name, dims]));
}
