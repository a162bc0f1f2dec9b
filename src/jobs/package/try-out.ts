import { checkBatches, type BatchCheck } from '../../bench/serving/batch-check.js';
import type { Feeds } from '../../bench/serving/feeds.js';
import { openDataset } from '../../data/dataset.js';
import { InferOptError } from '../../errors.js';
import { ModelProcessError } from '../../runtime/process/model-process-error.js';
import { ModelProcess } from '../../runtime/process/model-process.js';
import { findBatchAxis } from '../../serve/batch-axis.js';
import { refine, type FoundTensor, type ModelInterface } from '../../serve/interface.js';
import { isFloat } from '../../tensor/dtype.js';
import { normal, seededRandom } from '../../tensor/random.js';
import { elementCount, Tensor } from '../../tensor/tensor.js';
import type { PackageWishes } from './wishes.js';

/** What running a model told. */
export interface TriedOut {
  readonly inputs: readonly FoundTensor[];
  readonly outputs: readonly FoundTensor[];
  /** Undefined when the model could not be run with the samples that there are. */
  readonly check: BatchCheck | undefined;
  /** The batch sizes that were compared with single requests. */
  readonly sizes: readonly number[];
  /** Lengths of a request that the model also runs on zeros and noise; undefined when it does not. */
  readonly warmUpLengths: ReadonlyMap<string, readonly number[]> | undefined;
  readonly memoryBytes: number;
}

interface TryOutOptions extends PackageWishes {
  /** The artifact for messages, which may be another file than the one that is run. */
  readonly original: string;
  readonly declared: ModelInterface;
  /** The batch was opened by us: look twice. */
  readonly opened: boolean;
  /** Session options that the artifact wants to be opened with. */
  readonly session: Readonly<Record<string, unknown>> | undefined;
  readonly warnings: string[];
  readonly signal: AbortSignal;
}

/**
 * Opens a model in a process of its own, runs single requests, and batches where the model declares them. A model
 * that does not open is thrown; one that does not run with made-up inputs is a warning.
 */
export async function tryOut(path: string, options: TryOutOptions): Promise<TriedOut> {
  const { original, declared, opened, warnings, signal } = options;
  const session = options.session === undefined ? {} : { session: options.session };
  const process = await ModelProcess.start(path, { threads: options.threads ?? 1, signal, ...session });
  try {
    const specs = declared.inputs.map(({ name, dtype, dims }) => ({ name, dtype, dims }));
    const { dynamic } = findBatchAxis(refine(declared, process));
    const sizes = opened ? [1, 2, 7] : dynamic ? [2] : [1];
    let check: BatchCheck | undefined;
    let requests: Feeds[] = [];
    try {
      const dataset = await openDataset(options.data, specs, { seed: options.seed, samples: 7 });
      const samples = dataset.calibrate.size > 0 ? dataset.calibrate : dataset.evaluate;
      for (let index = 0; index < Math.min(samples.size, Math.max(...sizes)); index++) {
        requests.push((await samples.get(index)).inputs);
      }
      requests = equalShapes(requests);
      check = await checkBatches(process, requests, sizes);
    } catch (thrown) {
      // What the user gave must fit; what we made up need not.
      const ours =
        options.data === undefined && thrown instanceof InferOptError && thrown.code !== 'internal';
      const crashed = thrown instanceof ModelProcessError && thrown.failure !== 'run';
      if (!ours || crashed) throw thrown;
      warnings.push(
        `${original}: it could not be run with made-up inputs, so batches were not checked (${thrown.message}); give --data`,
      );
    }
    const outputs = process.outputs.map((output) => {
      const rank = check?.outputs.get(output.name)?.dims.length;
      // An unknown rank comes without dims: a run tells how many there are.
      return output.dims.length > 0 || rank === undefined
        ? output
        : { name: output.name, dims: Array.from({ length: rank }, () => undefined) };
    });
    return {
      inputs: process.inputs,
      outputs,
      check,
      sizes,
      warmUpLengths: check === undefined ? undefined : await warmUpLengths(process, requests[0]!),
      memoryBytes: (await process.memory()).peakRss,
    };
  } finally {
    await process.close();
  }
}

/** Requests that can be joined: those shaped like the first. */
function equalShapes(requests: readonly Feeds[]): Feeds[] {
  const shapes = (feeds: Feeds): string => [...feeds.values()].map(({ dims }) => dims.join()).join(' ');
  return requests.filter((feeds) => shapes(feeds) === shapes(requests[0]!));
}

/**
 * The lengths of a request if its inputs may be what a server warms up with: a warm-up that fails keeps the server
 * from loading the model at all.
 */
async function warmUpLengths(
  process: ModelProcess,
  request: Feeds,
): Promise<ReadonlyMap<string, readonly number[]> | undefined> {
  const random = seededRandom(1);
  const feeds = [...request].map(([name, { dtype, dims }]): [string, Tensor] => {
    const count = elementCount(dims);
    if (dtype === 'string') return [name, Tensor.fromStrings(dims, Array<string>(count).fill(''))];
    const values = Array.from({ length: count }, () => (isFloat(dtype) ? normal(random) : 0));
    return [name, Tensor.fromNumbers(dtype, dims, values)];
  });
  try {
    await process.run(new Map(feeds));
  } catch (thrown) {
    if (!(thrown instanceof ModelProcessError) || thrown.failure !== 'run') throw thrown;
    return undefined;
  }
  return new Map([...request].map(([name, { dims }]) => [name, dims]));
}
