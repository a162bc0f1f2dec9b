import type { Model } from '../ir/model.js';
import { staticDims } from '../ir/types.js';
import type { Value } from '../ir/value.js';
import { silentProgress, type Progress } from '../progress.js';
import { openSession, type Session } from '../runtime/session.js';
import type { SampleSet } from '../data/types.js';
import { elementCount, type Tensor } from '../tensor/tensor.js';
import type { FloatHistogram } from './float-histogram.js';
import { HistogramObserver, type Observer } from './observer.js';

export interface CollectOptions {
  readonly threads?: number | undefined;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Upper limit for the bytes of values that are fetched in one run; values are taken in several runs above it. */
  readonly fetchLimit?: number | undefined;
}

export const defaultFetchLimit = 128 * 2 ** 20;

/** What the size of a value is taken for when its shape is not known. */
const assumedBytes = 16 * 2 ** 20;

/**
 * Runs the model over the samples once and shows each observer the tensors of its value (graph inputs or
 * anything computed in the main graph). Memory does not grow with the samples: what the observers keep, and
 * the values of one run. Samples may differ in shape.
 */
export async function collect(
  model: Model,
  observers: readonly Observer[],
  samples: SampleSet,
  options: CollectOptions = {},
): Promise<void> {
  const byValue = new Map<Value, Observer[]>();
  for (const observer of observers)
    byValue.set(observer.value, [...(byValue.get(observer.value) ?? []), observer]);
  const computed = [...byValue.keys()].filter((value) => value.producer !== undefined);
  const limit = options.fetchLimit ?? defaultFetchLimit;
  const sizes = new Map<Value, number>();
  let groups = groupBySize(computed, sizes, limit);
  const session = await openWithOutputs(model, computed, options.threads);
  const step = (options.progress ?? silentProgress).start('Calibrating', samples.size);
  try {
    for (let index = 0; index < samples.size; index++) {
      options.signal?.throwIfAborted();
      const sample = await samples.get(index);
      const watching = (value: Value): Observer[] =>
        byValue.get(value)!.filter((observer) => index < (observer.samples ?? Infinity));
      const show = async (value: Value, tensor: Tensor | undefined): Promise<void> => {
        if (tensor !== undefined)
          for (const observer of watching(value)) await observer.observe(tensor, sample.id);
      };
      for (const value of byValue.keys())
        if (value.producer === undefined) await show(value, sample.inputs.get(value.name));
      for (const group of groups) {
        const watched = group.filter((value) => watching(value).length > 0);
        if (watched.length === 0) continue;
        const outputs = await session.run(
          sample.inputs,
          watched.map((value) => value.name),
        );
        for (const value of watched) {
          const tensor = outputs.get(value.name);
          sizes.set(value, Math.max(sizes.get(value) ?? 0, tensor?.byteLength ?? 0));
          await show(value, tensor);
        }
      }
      // What symbolic shapes come to is known from here on.
      if (index === 0) groups = groupBySize(computed, sizes, limit);
      step.advance();
    }
  } finally {
    step.done();
    await session.close();
  }
}

/** Counts every element of the named float32 values. Throws `data` naming sample and value at the first NaN or infinity. */
export async function collectHistograms(
  model: Model,
  values: readonly Value[],
  samples: SampleSet,
  options: CollectOptions = {},
): Promise<Map<Value, FloatHistogram>> {
  const observers = values.map((value) => new HistogramObserver(value));
  await collect(model, observers, samples, options);
  return new Map(observers.map(({ value, histogram }) => [value, histogram]));
}

/** Opens a copy of the model in which the values are outputs as well. */
export async function openWithOutputs(
  model: Model,
  values: readonly Value[],
  threads: number | undefined,
): Promise<Session> {
  const added = values.filter((value) => !value.isGraphOutput);
  for (const value of added) model.graph.addOutput(value);
  try {
    return await openSession(model, { threads });
  } finally {
    for (let count = added.length; count > 0; count--)
      model.graph.removeOutput(model.graph.outputs.length - 1);
  }
}

/** Values in groups that take at most `limit` bytes each (a single one may take more). `seen`: sizes that are known. */
export function groupBySize(
  values: readonly Value[],
  seen: ReadonlyMap<Value, number>,
  limit: number,
): Value[][] {
  const groups: Value[][] = [];
  let current: Value[] = [];
  let bytes = 0;
  for (const value of values) {
    const dims = staticDims(value.type);
    const size = seen.get(value) ?? (dims === undefined ? assumedBytes : elementCount(dims) * 4);
    if (current.length > 0 && bytes + size > limit) {
      groups.push(current);
      current = [];
      bytes = 0;
    }
    current.push(value);
    bytes += size;
  }
  if (current.length > 0) groups.push(current);
  return groups;
}
