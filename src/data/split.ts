import { InferOptError } from '../errors.js';
import { seededRandom, shuffled } from '../tensor/random.js';

/** How many samples each part gets; parts not said follow the defaults below. */
export interface SplitRequest {
  readonly calibrate?: number | undefined;
  readonly evaluate?: number | undefined;
  readonly seed: number;
  /** Overrides the number of calibration samples and leaves the evaluation part where it is, as far as samples last. */
  readonly samples?: number | undefined;
  /** False keeps the order of the source, for sequences. */
  readonly shuffle: boolean;
}

export interface Split {
  readonly calibrate: readonly number[];
  readonly evaluate: readonly number[];
}

const defaultCalibrate = 100;
const largestDefaultEvaluate = 1000;

/**
 * Two disjoint lists of sample numbers: all numbers shuffled by the seed, the first `calibrate` of them, then
 * `evaluate` of the next ones. By default 100 samples, at most half, calibrate, and the rest, at most 1000, evaluate.
 * Throws `data` when there are fewer samples than asked for.
 */
export function splitIndices(count: number, request: SplitRequest, name: string): Split {
  const { samples } = request;
  const calibrate =
    request.calibrate ??
    Math.min(
      defaultCalibrate,
      Math.floor(count / 2),
      request.evaluate === undefined ? count : Math.max(0, count - request.evaluate),
    );
  const evaluate = request.evaluate ?? Math.min(largestDefaultEvaluate, Math.max(0, count - calibrate));
  const taken = samples ?? calibrate;
  // Asked for more calibration samples than the split planned: evaluation gives up its first ones, so that both stay disjoint.
  const start = Math.max(calibrate, taken);
  const needed = samples === undefined ? calibrate + evaluate : Math.max(taken, calibrate);
  if (needed > count) {
    throw new InferOptError(
      'data',
      `${name} has ${count} samples, and ${
        samples === undefined
          ? `${calibrate} to calibrate plus ${evaluate} to evaluate`
          : `${needed} to calibrate`
      } were asked for`,
      { hint: 'ask for fewer with --split calibrate=N,evaluate=M (or split: in the dataset file)' },
    );
  }
  const order = request.shuffle
    ? shuffled(count, seededRandom(request.seed))
    : Array.from({ length: count }, (_, index) => index);
  return { calibrate: order.slice(0, taken), evaluate: order.slice(start, start + evaluate) };
}
