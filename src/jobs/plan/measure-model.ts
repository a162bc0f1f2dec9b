import { readArtifactFile } from '../../bench/artifact-file.js';
import { measureBatchCurve, type MeasuredPoint } from '../../bench/serving/batch-curve.js';
import { checkBatches } from '../../bench/serving/batch-check.js';
import type { Feeds } from '../../bench/serving/feeds.js';
import { ServingPool } from '../../bench/serving/serving-process.js';
import { openDataset } from '../../data/dataset.js';
import { InferOptError } from '../../errors.js';
import type { Model } from '../../ir/model.js';
import { externalFiles } from '../../onnx/external-files.js';
import { loadModel } from '../../onnx/load.js';
import type { Progress } from '../../progress.js';
import { ModelProcess } from '../../runtime/process/model-process.js';
import { findBatchAxis } from '../../serve/batch-axis.js';
import { interfaceOf, refine } from '../../serve/interface.js';
import type { PlanFlagsOfModel } from './wishes.js';

/** A model that can be run in batches, and what it was measured to take. */
export interface MeasuredModel {
  readonly model: Model;
  readonly sha256: string;
  readonly bytes: number;
  readonly peakMemoryBytes: number;
  readonly requests: readonly Feeds[];
  readonly curve: readonly MeasuredPoint[];
}

interface Work {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly warnings: string[];
}

/** How many different requests are used in turn. */
const mostRequests = 16;

/** Finds which batches the model takes, and measures them. */
export async function measureModel(
  path: string,
  flags: PlanFlagsOfModel,
  work: Work,
): Promise<MeasuredModel> {
  const model = await loadModel(path);
  const declared = interfaceOf(model);
  const dataset = await openDataset(flags.data, declared.inputs, { seed: flags.seed, samples: mostRequests });
  const samples = dataset.calibrate.size > 0 ? dataset.calibrate : dataset.evaluate;
  const requests: Feeds[] = [];
  for (let index = 0; index < Math.min(samples.size, mostRequests); index++) {
    const { inputs } = await samples.get(index);
    if (requests[0] === undefined || sameShapes(requests[0], inputs)) requests.push(inputs);
  }
  if (requests.length === 0) throw new InferOptError('data', 'there is no sample to plan with');
  const obstacle = await batchObstacle(path, declared, requests, flags, work.signal);
  const batches = obstacle === undefined ? withOne(flags.batch) : [1];
  if (obstacle !== undefined && flags.batch.some((size) => size > 1))
    work.warnings.push(`${path} is planned without batches: ${obstacle}`);
  const pool = await ServingPool.start({
    path,
    instances: flags.instances,
    threads: flags.threads ?? 1,
    batches,
    requests,
    signal: work.signal,
  });
  try {
    const curve = await measureBatchCurve(pool, {
      batches,
      instances: flags.instances,
      timeMs: flags.time,
      seed: flags.seed,
      progress: work.progress,
      signal: work.signal,
    });
    const { sha256, bytes } = await readArtifactFile(path, externalFiles(model));
    return { model, sha256, bytes, peakMemoryBytes: await pool.peakMemory(), requests, curve };
  } finally {
    await pool.close();
  }
}

/** Why the model takes no batches, in words. */
async function batchObstacle(
  path: string,
  declared: ReturnType<typeof interfaceOf>,
  requests: readonly Feeds[],
  { threads }: PlanFlagsOfModel,
  signal: AbortSignal,
): Promise<string | undefined> {
  const process = await ModelProcess.start(path, { threads: threads ?? 1, signal });
  try {
    const axis = findBatchAxis(refine(declared, process));
    return axis.dynamic ? (await checkBatches(process, requests, [2])).obstacle : axis.reason;
  } finally {
    await process.close();
  }
}

/** Single requests are always measured: everything is compared with them. */
function withOne(batches: readonly number[]): number[] {
  return [...new Set([1, ...batches])].sort((a, b) => a - b);
}

function sameShapes(a: Feeds, b: Feeds): boolean {
  return [...a].every(([name, tensor]) => tensor.dims.join() === b.get(name)?.dims.join());
}
