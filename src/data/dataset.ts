import { basename, dirname, resolve } from 'node:path';
import { InferOptError } from '../errors.js';
import { bindInputs, type BoundInput } from './bind-inputs.js';
import type { DatasetDescription } from './description.js';
import { digestOf } from './digest.js';
import { openLabels, type Labels } from './labels.js';
import { pixelCacheBytes } from './limits.js';
import { pixelCache } from './pixel-cache.js';
import { readDescription } from './read-description.js';
import { openSource } from './sources/list.js';
import type { Location, OpenSource } from './sources/source.js';
import { splitIndices } from './split.js';
import { syntheticDataset } from './synthetic.js';
import type { Dataset, InputSpec, Sample, SampleSet } from './types.js';

export type { Dataset, InputSpec, Sample, SampleSet } from './types.js';

export interface DatasetOptions {
  /** Overrides the seed of the split (and of made-up inputs); 1 by default. */
  readonly seed?: number | undefined;
  /** Overrides the split of the dataset file. */
  readonly split?:
    { readonly calibrate?: number | undefined; readonly evaluate?: number | undefined } | undefined;
  /** The number of calibration samples; the evaluation part stays disjoint and, as far as samples last, the same. */
  readonly samples?: number | undefined;
}

const defaultSeed = 1;

/**
 * Opens a dataset for a model that takes `inputs`: a YAML dataset file, a bare source (.npz, .npy, .jsonl,
 * test_data_set folder, picture folder), or seeded inputs where `path` is undefined. Samples are decoded when
 * asked for. Throws `usage` for a wrong description, `data` for samples that do not fit, `environment` when
 * pictures need a package that is not installed.
 */
export async function openDataset(
  path: string | undefined,
  inputs: readonly InputSpec[],
  options: DatasetOptions = {},
): Promise<Dataset> {
  if (path === undefined) {
    return syntheticDataset(inputs, {
      seed: options.seed ?? defaultSeed,
      calibrate: options.samples ?? options.split?.calibrate,
      evaluate: options.split?.evaluate,
    });
  }
  const described = /\.ya?ml$/i.test(path);
  const description: DatasetDescription = described ? await readDescription(path) : { source: resolve(path) };
  const folder = described ? dirname(resolve(path)) : process.cwd();
  try {
    return await openDescribed(path, folder, description, inputs, options);
  } catch (thrown) {
    // Whoever reads "input x has no data" wants to know which file said so.
    if (!described || !(thrown instanceof InferOptError) || thrown.code !== 'usage') throw thrown;
    const more = thrown.hint === undefined ? {} : { hint: thrown.hint };
    throw new InferOptError('usage', `${path}: ${thrown.message}`, { ...more, cause: thrown });
  }
}

async function openDescribed(
  path: string,
  folder: string,
  description: DatasetDescription,
  inputs: readonly InputSpec[],
  options: DatasetOptions,
): Promise<Dataset> {
  const source = await openSource(located(description.source, folder), inputs);
  const state = checkState(description.state ?? {}, inputs);
  const labels =
    description.labels === undefined
      ? undefined
      : await openLabels(description.labels, source, folder, description.task);
  const bound = bindInputs(inputs, {
    source,
    described: description.inputs ?? {},
    labelArray: labels?.array,
    stateInputs: new Set(state.values()),
    cache: pixelCache(pixelCacheBytes),
  });
  const count = await countSamples(source, bound, labels);
  const name = basename(path).replace(/\.(ya?ml|npz|npy|jsonl)(\.gz)?$/i, '');
  const split = splitIndices(
    count,
    {
      calibrate: options.split?.calibrate ?? description.split?.calibrate,
      evaluate: options.split?.evaluate ?? description.split?.evaluate,
      seed: options.seed ?? description.split?.seed ?? defaultSeed,
      samples: options.samples,
      shuffle: state.size === 0,
    },
    source.name,
  );
  const { labels: said, inputs: saidInputs, state: saidState, task } = description;
  const sha256 = await digestOf({ labels: said, inputs: saidInputs, state: saidState, task }, [
    ...source.files,
    ...(labels?.files ?? []),
  ]);
  const set = (indices: readonly number[]): SampleSet => sampleSet(indices, source, bound, labels);
  return {
    name,
    sha256,
    task,
    labelled: labels !== undefined,
    calibrate: set(split.calibrate),
    evaluate: set(split.evaluate),
    state,
  };
}

function located(source: DatasetDescription['source'], folder: string): Location {
  if (typeof source === 'string') return resolve(folder, source);
  return Object.fromEntries(Object.entries(source).map(([array, file]) => [array, resolve(folder, file)]));
}

function checkState(
  said: Readonly<Record<string, string>>,
  inputs: readonly InputSpec[],
): Map<string, string> {
  const names = inputs.map(({ name }) => name);
  for (const [output, input] of Object.entries(said)) {
    if (!names.includes(input)) {
      throw new InferOptError(
        'usage',
        `state: "${output}" feeds "${input}", which is no input (the model has: ${names.join(', ')})`,
      );
    }
  }
  return new Map(Object.entries(said));
}

async function countSamples(
  source: OpenSource,
  bound: readonly BoundInput[],
  labels: Labels | undefined,
): Promise<number> {
  const arrays = [...bound.map(({ array }) => array), labels?.array].filter((array) => array !== undefined);
  const count = await source.count(arrays);
  if (count === 0) throw new InferOptError('data', `${source.name} holds no samples`);
  if (labels?.length !== undefined && labels.length !== count) {
    throw new InferOptError('data', `${source.name} has ${count} samples and ${labels.length} labels`);
  }
  return count;
}

function sampleSet(
  indices: readonly number[],
  source: OpenSource,
  bound: readonly BoundInput[],
  labels: Labels | undefined,
): SampleSet {
  return {
    size: indices.length,
    async get(place): Promise<Sample> {
      const index = indices[place];
      if (index === undefined)
        throw new InferOptError('internal', `no sample ${place} in a set of ${indices.length}`);
      const tensors = await Promise.all(
        bound.map(async (input) => [input.spec.name, await input.read(index)] as const),
      );
      const label = await labels?.of(index);
      const said = typeof label === 'object' ? { target: label } : { label };
      return { id: source.id(index), inputs: new Map(tensors), ...said };
    },
  };
}
