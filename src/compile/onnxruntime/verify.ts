import { openDataset } from '../../data/dataset.js';
import { InferOptError } from '../../errors.js';
import type { Model } from '../../ir/model.js';
import type { ModelProcess } from '../../runtime/process/model-process.js';
import { ModelProcessError } from '../../runtime/process/model-process-error.js';
import type { CompileRequest } from '../compiler.js';
import { inputSpecsOf } from '../input-specs.js';
import { differenceOf } from '../same-outputs.js';
import type { SameOutputs } from './report.js';

/** Samples that both models are run on. */
const comparedSamples = 3;

/**
 * Another order of additions may show in the last digits; the runtime's own rewriting is the same on both sides, so
 * that nothing larger can come of it.
 */
const tolerance = 1e-4;

export interface Verification {
  /** Null where the original itself cannot be run on the samples. */
  readonly outputs: SameOutputs | null;
  readonly warnings: readonly string[];
}

/**
 * Runs the original and the artifact on the same samples. Throws `environment` when the artifact fails where the
 * original does not, or computes something else.
 */
export async function verifyOutputs(
  model: Model,
  original: ModelProcess,
  compiled: ModelProcess,
  request: CompileRequest,
): Promise<Verification> {
  const specs = inputSpecsOf(model);
  if (specs === undefined) {
    return { outputs: null, warnings: ['outputs were not compared: an input of the model is no tensor'] };
  }
  const samples = (await openDataset(request.data, specs, request.dataset)).calibrate;
  const count = Math.min(samples.size, comparedSamples);
  let [identical, maxAbs] = [true, 0];
  for (let index = 0; index < count; index++) {
    const { inputs } = await samples.get(index);
    let expected;
    try {
      expected = await original.run(inputs);
    } catch (thrown) {
      if (!(thrown instanceof ModelProcessError) || thrown.failure !== 'run') throw thrown;
      return { outputs: null, warnings: [`outputs were not compared: ${thrown.message}`] };
    }
    const difference = differenceOf(expected, await runCompiled(compiled, inputs));
    if (difference.relative > tolerance) {
      throw new InferOptError(
        'environment',
        `the graph that the runtime saved computes something else: outputs differ by ${difference.maxAbs.toPrecision(3)}`,
        {
          hint: 'a model with random operators cannot be checked; for any other this is a fault of the runtime',
        },
      );
    }
    identical &&= difference.identical;
    maxAbs = Math.max(maxAbs, difference.maxAbs);
  }
  return { outputs: { samples: count, identical, max_abs: maxAbs }, warnings: [] };
}

async function runCompiled(
  compiled: ModelProcess,
  inputs: Parameters<ModelProcess['run']>[0],
): ReturnType<ModelProcess['run']> {
  try {
    return await compiled.run(inputs);
  } catch (cause) {
    if (!(cause instanceof ModelProcessError)) throw cause;
    throw new InferOptError(
      'environment',
      `the graph that the runtime saved does not run: ${cause.message}`,
      {
        cause,
      },
    );
  }
}
