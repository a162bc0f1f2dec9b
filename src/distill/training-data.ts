import type { Dataset } from '../data/dataset.js';
import { InferOptError } from '../errors.js';
import { seededRandom, shuffled } from '../tensor/random.js';
import type { Tensor } from '../tensor/tensor.js';
import { keptBytes, mostHeldBack } from './defaults.js';
import { SampleStore } from './samples.js';

/** The samples of a training: those to learn from, and those that choose the best weights. */
export interface TrainingData {
  readonly samples: SampleStore;
  /** Inputs of one sample, for shapes. */
  readonly sample: ReadonlyMap<string, Tensor>;
  readonly learned: readonly number[];
  readonly heldBack: readonly number[];
}

/** Splits the calibration samples of a dataset by a seed. Throws `data` where there are none. */
export async function trainingData(dataset: Dataset, holdBack: number, seed: number): Promise<TrainingData> {
  const samples = new SampleStore(dataset.calibrate, keptBytes);
  if (samples.size === 0) {
    throw new InferOptError('data', `${dataset.name} has no calibration samples to learn from`, {
      hint: 'give --split calibrate=N or --samples N',
    });
  }
  const order = shuffled(samples.size, seededRandom(seed));
  const count = Math.min(mostHeldBack, Math.floor(holdBack * samples.size));
  return {
    samples,
    sample: await samples.inputs(0),
    learned: order.slice(count),
    heldBack: order.slice(0, count),
  };
}
