import type { CollectOptions } from '../../calibrate/collect.js';
import type { RangeMethod } from '../../calibrate/range-method.js';
import type { SampleSet } from '../../data/types.js';
import type { Model } from '../../ir/model.js';
import { compareOutputs } from '../../runtime/compare-outputs.js';
import type { StaticCalibration } from './calibration.js';
import type { RoundedWeights } from './emit-calibrated.js';
import { quantizedCopy, type CopyOptions } from './quantized-copy.js';

/** Another method must be better by so many decibels: the samples are few, and the usual one is right most often. */
const leastGain = 1;

/** Samples whose outputs are compared. */
const comparedSamples = 128;

export interface MethodOptions extends CopyOptions, CollectOptions {
  readonly samples: SampleSet;
}

/**
 * The method whose ranges keep the outputs of the whole model closest to what they were, on the calibration samples: the
 * one that was asked for, or one that it knows to be better for some models. What a range costs a value by itself does
 * not tell what it costs the outputs.
 */
export async function chooseMethod(
  model: Model,
  calibration: StaticCalibration,
  options: MethodOptions,
  rounded: RoundedWeights,
): Promise<RangeMethod> {
  const { method, samples, threads = 1, progress, signal } = options;
  const rivals = method.rivals ?? [];
  let best = method;
  let most = -Infinity;
  if (rivals.length === 0) return best;
  for (const candidate of [method, ...rivals]) {
    signal?.throwIfAborted();
    const copy = quantizedCopy(model, calibration, { ...options, method: candidate }, rounded);
    const limit = Math.min(comparedSamples, samples.size);
    const { sqnr_db: sqnr } = await compareOutputs(model, copy, samples, {
      threads,
      limit,
      ...(progress === undefined ? {} : { progress }),
    });
    const found = (sqnr ?? Infinity) - (candidate === method ? 0 : leastGain);
    if (found > most) [best, most] = [candidate, found];
  }
  return best;
}
