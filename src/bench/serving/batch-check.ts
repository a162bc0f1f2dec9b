import { InferOptError } from '../../errors.js';
import { isFloat } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { ModelProcess } from '../../runtime/process/model-process.js';
import { joinFeeds, joinTensors, type Feeds } from './feeds.js';

/** Whether a model gives every request of a batch the answer that it gives to the request alone. */
export interface BatchCheck {
  /** Outputs of the first request alone: their shapes at batch 1. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Why batches do not work; undefined when they do. */
  readonly obstacle: string | undefined;
  /** Largest difference of a float output, relative to the largest value of that output. */
  readonly difference: number;
}

/** Kernels for other shapes add in another order; more than this is another answer. */
const roundingDifference = 1e-3;
/** Half-precision sums differ more. */
const halfDifference = 2e-2;
/**
 * A model that finds the ranges of its activations at run time finds them for the batch as a whole: answers then
 * depend on the company. Beyond this the batch is not served as one.
 */
const companyDifference = 0.1;

/** True when a difference is more than rounding, and answers depend on what else is in the batch. */
export function dependsOnCompany({ difference, outputs }: BatchCheck): boolean {
  const half = [...outputs.values()].some(({ dtype }) => dtype === 'float16');
  return difference > (half ? halfDifference : roundingDifference);
}

/**
 * Runs batches of each size and compares each answer with that of the same request alone. `requests` are feeds of
 * batch 1 and equal shapes, used in turn. A batch that the runtime refuses is an obstacle; a single request that
 * it refuses is thrown.
 */
export async function checkBatches(
  process: ModelProcess,
  requests: readonly Feeds[],
  sizes: readonly number[],
): Promise<BatchCheck> {
  const largest = Math.max(1, ...sizes);
  const singles: ReadonlyMap<string, Tensor>[] = [];
  for (const feeds of requests.slice(0, largest)) singles.push(await process.run(feeds));
  const outputs = singles[0]!;
  let difference = 0;
  for (const size of sizes.filter((one) => one > 1)) {
    const group = Array.from({ length: size }, (_, index) => index % singles.length);
    let batch: ReadonlyMap<string, Tensor>;
    try {
      batch = await process.run(joinFeeds(group.map((index) => requests[index]!)));
    } catch (thrown) {
      if (!(thrown instanceof InferOptError)) throw thrown;
      const reason = thrown.message.replace(`${process.path}: `, '');
      return { outputs, obstacle: `a batch of ${size} is refused: ${reason}`, difference };
    }
    for (const [name, joined] of batch) {
      const alone = group.map((index) => singles[index]!.get(name)!);
      const found = compare(joined, alone);
      if (typeof found === 'string')
        return { outputs, obstacle: `in a batch of ${size}, output ${name} ${found}`, difference };
      difference = Math.max(difference, found);
    }
  }
  return { outputs, obstacle: undefined, difference };
}

/** The relative difference, or what is wrong in words. */
function compare(batch: Tensor, alone: readonly Tensor[]): number | string {
  const first = alone[0]!;
  if (alone.some(({ dims }) => dims.join() !== first.dims.join()))
    return 'has another shape for each request';
  const expected = [(first.dims[0] ?? 1) * alone.length, ...first.dims.slice(1)];
  if (first.dims.length === 0 || batch.dims.join() !== expected.join())
    return `has shape [${batch.dims.join(',')}] where [${expected.join(',')}] was expected`;
  const joined = joinTensors(alone);
  if (batch.dtype === 'string') {
    const same = batch.strings.every((text, index) => Buffer.from(text).equals(joined.strings[index]!));
    return same ? 0 : 'differs from that of each request alone';
  }
  const [a, b] = [batch.toNumbers(), joined.toNumbers()];
  let scale = 0;
  let error = 0;
  let unequal = 0;
  for (let index = 0; index < b.length; index++) {
    const [x, y] = [a[index]!, b[index]!];
    if (Object.is(x, y)) continue;
    if (Number.isNaN(x) !== Number.isNaN(y)) return 'is no number where that of each request alone is one';
    unequal += 1;
    if (Number.isFinite(y)) scale = Math.max(scale, Math.abs(y));
    error = Math.max(error, Math.abs(x - y));
  }
  if (unequal === 0) return 0;
  for (let index = 0; index < b.length; index++) {
    const y = b[index]!;
    if (Number.isFinite(y)) scale = Math.max(scale, Math.abs(y));
  }
  const relative = isFloat(batch.dtype) ? error / Math.max(scale, Number.MIN_VALUE) : unequal / b.length;
  if (relative <= companyDifference) return relative;
  return `differs from that of each request alone (by ${(relative * 100).toFixed(0)}% of the largest value)`;
}
