import type { CollectOptions } from '../../calibrate/collect.js';
import type { RangeMethod } from '../../calibrate/range-method.js';
import type { SampleSet } from '../../data/types.js';
import type { Model } from '../../ir/model.js';
import { silentProgress } from '../../progress.js';
import { Scorer } from '../mixed/score.js';
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
  if (rivals.length === 0) return method;
  const step = (progress ?? silentProgress).start('Comparing', 1 + rivals.length);
  try {
    const scorer = await Scorer.open(model, samples, threads, undefined, comparedSamples);
    let best = method;
    let most = -Infinity;
    for (const candidate of [method, ...rivals]) {
      signal?.throwIfAborted();
      const copy = quantizedCopy(model, calibration, { ...options, method: candidate }, rounded);
      const { sqnr } = await scorer.score(copy, false);
      const found = sqnr - (candidate === method ? 0 : leastGain);
      if (found > most) [best, most] = [candidate, found];
      step.advance();
    }
    return best;
  } finally {
    step.done();
  }
}
