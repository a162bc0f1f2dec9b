import { stat } from 'node:fs/promises';
import { openDataset, type DatasetOptions } from '../../data/dataset.js';
import type { SampleSet } from '../../data/types.js';
import { InferOptError } from '../../errors.js';
import type { Model } from '../../ir/model.js';
import { loadModel } from '../../onnx/load.js';
import { compareOutputs } from '../../runtime/compare-outputs.js';
import { inferShapes } from '../../runtime/shapes.js';
import { dtypeOf } from '../../passes/match.js';
import { inputSpecs } from '../../ir/tensor-inputs.js';
import { alignValues, type AlignedValue } from './align.js';
import type { Distance } from './distance.js';
import type { ComparedValue, CompareResult } from './result.js';
import { distancesOf, type PairOptions } from './run-pairs.js';
import { traceNoise } from './trace.js';

export interface CompareRequest extends Partial<PairOptions> {
  readonly baseline: string;
  readonly candidate: string;
  /** Dataset file or source; seeded inputs without. */
  readonly data?: string | undefined;
  readonly dataset?: DatasetOptions | undefined;
}

/** Samples are many numbers for each value: few of them tell what more would. */
const mostSamples = 16;

const worstShown = 10;

/** Beyond this share of clipped elements the range is the first thing to try. */
const manyClipped = 0.002;

/**
 * Runs a model and what was made of it on the same samples and tells, value by value, where the error enters:
 * the whole of `infer-opt compare`. Throws `model` when the two have no computed value in common.
 */
export async function compareModels(request: CompareRequest): Promise<CompareResult> {
  const [baseline, candidate] = [await loadModel(request.baseline), await loadModel(request.candidate)];
  const specs = inputSpecs(baseline);
  checkInputs(request, baseline, candidate);
  await inferShapes(baseline);
  await inferShapes(candidate);
  const dataset = await openDataset(request.data, specs, request.dataset);
  const part = dataset.evaluate.size > 0 ? dataset.evaluate : dataset.calibrate;
  const samples: SampleSet = {
    size: Math.min(part.size, request.dataset?.samples ?? mostSamples),
    get: (index) => part.get(index),
  };
  const aligned = alignValues(baseline, candidate);
  if (!aligned.some((pair) => pair.baseline.producer !== undefined)) {
    throw new InferOptError('model', `${request.candidate} has no value in common with ${request.baseline}`, {
      hint: 'values are found by their names: compare a model with what was made of it',
    });
  }
  const options = { ...request, threads: request.threads ?? 1 };
  const distances = await distancesOf({ baseline, candidate }, aligned, samples, options);
  const outputs = await compareOutputs(request.baseline, request.candidate, samples, {
    threads: options.threads,
    limit: samples.size,
  });
  const values = valuesOf(distances);
  const worst = values
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share)
    .slice(0, worstShown)
    .map((one) => ({ ...one, try: remedy(one) }));
  return {
    schema: 'infer-opt/compare@1',
    baseline: { path: request.baseline, bytes: (await stat(request.baseline)).size },
    candidate: { path: request.candidate, bytes: (await stat(request.candidate)).size },
    dataset: dataset.name,
    samples: samples.size,
    outputs,
    values,
    worst,
    unaligned:
      floatValues(baseline) - [...distances.keys()].filter(({ baseline: { producer } }) => producer).length,
    warnings:
      request.data === undefined
        ? ['the inputs are made up: with --data the errors are those of real ones']
        : [],
  };
}

function valuesOf(distances: ReadonlyMap<AlignedValue, Distance>): ComparedValue[] {
  const pairs = new Map([...distances].map(([pair, distance]) => [pair.baseline, { pair, distance }]));
  const noise = new Map([...pairs].map(([value, { distance }]) => [value, 10 ** (-distance.sqnrDb / 10)]));
  const steps = traceNoise(noise);
  const total = steps.reduce((sum, { noiseIn, noiseOut }) => sum + Math.max(0, noiseOut - noiseIn), 0);
  return steps.map(({ value, noiseIn, noiseOut }) => {
    const { distance } = pairs.get(value)!;
    return {
      value: value.name,
      node: value.producer?.label ?? null,
      op: value.producer?.opType ?? null,
      sqnr_in_db: decibels(noiseIn),
      sqnr_db: decibels(noiseOut),
      share: total === 0 ? 0 : Math.max(0, noiseOut - noiseIn) / total,
      max_abs: distance.maxAbs,
      scaled: distance.scaled,
      clipped: distance.clipped ?? null,
    };
  });
}

function decibels(noise: number): number | null {
  return noise === 0 ? null : -10 * Math.log10(noise);
}

function remedy({ node, clipped }: ComparedValue): string {
  if (clipped !== null && clipped > manyClipped)
    return '--calibration minmax, or more samples: its range cuts off values';
  return node === null ? 'more samples: it is an input of the model' : `--exclude ${JSON.stringify(node)}`;
}

function checkInputs(request: CompareRequest, baseline: Model, candidate: Model): void {
  const [expected, found] = [baseline, candidate].map(({ graph }) =>
    graph.requiredInputs
      .map(({ name }) => name)
      .sort()
      .join(', '),
  );
  if (expected === found) return;
  throw new InferOptError(
    'model',
    `${request.candidate} takes other inputs (${found!}) than ${request.baseline} (${expected!})`,
    {
      hint: 'compare a model with what was made of it',
    },
  );
}

function floatValues(model: Model): number {
  return [...model.graph.nodes()]
    .flatMap((node) => node.outputs)
    .filter((value) => value !== undefined && dtypeOf(value) === 'float32').length;
}
