import { openDataset, type Dataset } from '../../data/dataset.js';
import { InferOptError } from '../../errors.js';
import type { Model } from '../../ir/model.js';
import { readGpus, type Gpu } from '../../runtime/gpus.js';
import { readTypes } from '../../runtime/shapes.js';
import type { CompileRequest } from '../compiler.js';
import { inputSpecsOf } from '../input-specs.js';
import type { EngineJob } from './commands/job.js';
import { findTrtexec, imaginedTrtexec } from './find.js';
import { applyFixes } from './fix/list.js';
import { carriedPrecision, graphPrecision } from './graph-precision.js';
import type { TensorRtIntent } from './intent.js';
import { assumedVersion } from './options.js';
import type { Finding } from './preflight/finding.js';
import { preflight } from './preflight/list.js';
import {
  dynamicInputs,
  parseProfile,
  profileFromModel,
  profileFromSamples,
  type ShapeProfile,
} from './profiles.js';
import type { Trtexec } from './trtexec.js';

/** Everything that is known before trtexec builds anything. */
export interface EnginePlan {
  readonly job: EngineJob;
  readonly model: Model;
  readonly findings: readonly Finding[];
  readonly fixes: readonly string[];
  readonly dataset: Dataset | undefined;
  readonly gpu: Gpu | undefined;
  readonly warnings: readonly string[];
}

/**
 * Finds trtexec, chooses shapes and precision, mends the model where that was asked for, and collects what TensorRT will
 * object to. The model is changed in place. Throws `environment` when there is no trtexec and it is no dry run.
 */
export async function planEngine(model: Model, request: CompileRequest): Promise<EnginePlan> {
  const intent = request.tensorrt ?? {};
  const warnings: string[] = [];
  const trtexec = await chooseTrtexec(request, intent, warnings);
  const { gpus } = trtexec.path === null ? { gpus: [] } : await readGpus(request.signal);
  const gpu = gpus[intent.device ?? 0];
  await refineTypes(model, warnings);
  const dataset = await datasetOf(model, request);
  const observed = dataset === undefined ? undefined : await profileFromSamples(model, allOf(dataset));
  const given = (intent.profiles ?? []).map(parseProfile);
  const shapesFrom =
    given.length > 0 ? 'flags' : observed !== undefined && observed.size > 0 ? 'dataset' : 'none';
  const fixes = intent.fix === true ? applyFixes(model, shapesFrom !== 'none') : [];
  const byModel = shapesFrom === 'none' ? profileFromModel(model) : undefined;
  const profiles = shapesFrom === 'dataset' ? [observed!] : byModel === undefined ? given : [byModel];
  const graph = graphPrecision(model);
  const precision = intent.precision ?? carriedPrecision(graph);
  const job: EngineJob = { trtexec, intent, precision, graph, profiles: withoutFixed(model, profiles) };
  const { extra = [] } = intent;
  const findings = preflight({
    model,
    trtexec,
    precision,
    graph,
    profiles: job.profiles,
    shapesFrom: byModel === undefined ? shapesFrom : 'model',
    observed,
    extra,
  });
  return { job, model, findings, fixes, dataset, gpu, warnings };
}

async function chooseTrtexec(
  request: CompileRequest,
  intent: TensorRtIntent,
  warnings: string[],
): Promise<Trtexec> {
  const { trtexecVersion: version, trtexec: given } = intent;
  const { signal } = request;
  if (request.dryRun !== true) {
    if (version !== undefined) {
      throw new InferOptError('usage', '--trtexec-version is for a dry run: a real one asks trtexec itself', {
        hint: 'add --dry-run, or leave it out',
      });
    }
    return findTrtexec({ given, signal });
  }
  if (version !== undefined) return imaginedTrtexec(version, 'given');
  try {
    return await findTrtexec({ given, signal });
  } catch (thrown) {
    // A program that was named must work; one that was only looked for may be absent in a dry run.
    if (!(thrown instanceof InferOptError) || given !== undefined) throw thrown;
    warnings.push(
      `${thrown.message}; the command line is that of TensorRT ${assumedVersion}: choose another with --trtexec-version`,
    );
    return imaginedTrtexec(assumedVersion, 'assumed');
  }
}

/** Types that the runtime can tell; a model that it refuses may be one for TensorRT all the same. */
async function refineTypes(model: Model, warnings: string[]): Promise<void> {
  try {
    for (const [value, type] of await readTypes(model)) value.type ??= type;
  } catch (thrown) {
    if (!(thrown instanceof InferOptError) || thrown.code !== 'model') throw thrown;
    warnings.push(`types inside the model are not known: ${thrown.message}`);
  }
}

async function datasetOf(model: Model, request: CompileRequest): Promise<Dataset | undefined> {
  if (request.data === undefined) return undefined;
  const specs = inputSpecsOf(model);
  if (specs === undefined) {
    throw new InferOptError('model', 'the model has an input that is no tensor, so it takes no dataset', {
      hint: 'leave --data out',
    });
  }
  return openDataset(request.data, specs, request.dataset);
}

function allOf({ calibrate, evaluate }: Dataset): Dataset['calibrate'] {
  return {
    size: calibrate.size + evaluate.size,
    get: (index) => (index < calibrate.size ? calibrate.get(index) : evaluate.get(index - calibrate.size)),
  };
}

/** Fixed inputs need no shapes, and trtexec refuses them in a model that is fixed throughout. */
function withoutFixed(model: Model, profiles: readonly ShapeProfile[]): ShapeProfile[] {
  if (dynamicInputs(model).length > 0) return [...profiles];
  const names = new Set(model.graph.requiredInputs.map(({ name }) => name));
  // Names that are no inputs stay, so that they are found out.
  const kept = profiles.map(
    (profile) =>
      new Map([...profile].filter(([name, range]) => !names.has(name) || !fits(model, name, range))),
  );
  return kept.filter((profile) => profile.size > 0);
}

function fits(
  model: Model,
  name: string,
  range: { readonly min: readonly number[]; readonly max: readonly number[] },
): boolean {
  const type = model.graph.get(name)?.type;
  const dims = type?.kind === 'tensor' ? type.dims?.join() : undefined;
  return range.min.join() === dims && range.max.join() === dims;
}
