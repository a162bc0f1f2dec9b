import { argmax } from '../bench/metrics/scores.js';
import type { Model } from '../ir/model.js';
import type { Tensor } from '../tensor/tensor.js';
import { Network, type NetworkOptions } from './network.js';
import type { SampleStore } from './samples.js';

/** Samples that are run together. */
const batch = 32;

/** Share of samples whose label is the largest of the scores; undefined without labels. */
export async function top1Of(
  model: Model,
  scores: string,
  samples: SampleStore,
  sample: ReadonlyMap<string, Tensor>,
  sizes: Omit<NetworkOptions, 'batch'>,
): Promise<number | undefined> {
  const network = await Network.open(model, [scores], sample, { ...sizes, batch });
  let right = 0;
  try {
    for (let start = 0; start < samples.size; start += batch) {
      const indices = Array.from({ length: Math.min(batch, samples.size - start) }, (_, i) => start + i);
      const [values] = await network.run(await samples.batch(indices));
      const classes = values!.size / indices.length;
      for (const [row, index] of indices.entries()) {
        const label = await samples.label(index);
        if (label === undefined) return undefined;
        if (argmax(values!.toNumbers(), row * classes, classes) === label) right += 1;
      }
    }
  } finally {
    await network.close();
  }
  return samples.size === 0 ? undefined : right / samples.size;
}
