import type { Environment } from '../bench/environment.js';
import type { Dataset, DatasetOptions } from '../data/dataset.js';
import { thisTool } from '../tool.js';

/** What decides, beside a model and its settings, which bytes are made of it. */
export function versionKeyOf(environment: Environment): unknown {
  return {
    tool: thisTool().version,
    onnxruntime: environment.onnxruntime,
    // Kernels differ in the last bits between kinds of processors.
    instructions: environment.cpu.instructions,
    arch: environment.os.arch,
  };
}

/** What a measurement holds for. */
export function machineKeyOf(environment: Environment): unknown {
  const { cpu, os, node } = environment;
  return { ...(versionKeyOf(environment) as object), cpu: [cpu.model, cpu.cores], os: os.release, node };
}

/** Samples by content, and which of them are for what. */
export function dataKeyOf(
  dataset: Dataset,
  data: string | undefined,
  options: DatasetOptions | undefined,
): unknown {
  return {
    sha256: dataset.sha256,
    made: data === undefined,
    calibrate: dataset.calibrate.size,
    evaluate: dataset.evaluate.size,
    seed: options?.seed,
    samples: options?.samples,
    split: options?.split,
  };
}
