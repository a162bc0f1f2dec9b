import type { SampleSet } from '../data/types.js';
import { InferOptError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { joinFeeds } from './serving/feeds.js';
import type { Subject } from './subject.js';

/** How many different requests are sent in turn: enough that no cache knows them all by heart, few enough to keep. */
const mostFeeds = 16;
const mostBytes = 64 * 2 ** 20;

/**
 * Requests to time with: for a batch of one the samples as they are, for larger ones samples of equal shape stacked
 * along the first axis (the same ones again when there are too few).
 */
export async function timingFeeds(samples: SampleSet, batch: number): Promise<ReadonlyMap<string, Tensor>[]> {
  const wanted = mostFeeds * batch;
  const taken: ReadonlyMap<string, Tensor>[] = [];
  let bytes = 0;
  for (let i = 0; i < Math.min(samples.size, wanted) && (bytes < mostBytes || taken.length < batch); i++) {
    const { inputs } = await samples.get(i);
    if (batch > 1 && taken[0] && !sameShapes(taken[0], inputs)) continue;
    taken.push(inputs);
    for (const tensor of inputs.values()) bytes += tensor.byteLength;
  }
  if (taken.length === 0) throw new InferOptError('data', 'there is no sample to time with');
  if (batch === 1) return taken;
  const groups = Math.max(1, Math.floor(taken.length / batch));
  return Array.from({ length: groups }, (_, group) =>
    joinFeeds(Array.from({ length: batch }, (_, i) => taken[(group * batch + i) % taken.length]!)),
  );
}

/** Why this model cannot take a batch of that size, or undefined when it can. */
export function batchObstacle(subject: Subject, batch: number): string | undefined {
  if (batch === 1) return undefined;
  const fixed = subject.process.inputs.find(({ dims }) => typeof dims[0] !== 'string');
  if (!fixed) return undefined;
  const what = fixed.dims.length === 0 ? 'is a scalar' : `has ${fixed.dims[0] ?? 0} as its first length`;
  return `input "${fixed.name}" ${what}, so there are no batches of ${batch}`;
}

function sameShapes(a: ReadonlyMap<string, Tensor>, b: ReadonlyMap<string, Tensor>): boolean {
  return [...a].every(([name, tensor]) => tensor.dims.join() === b.get(name)?.dims.join());
}
