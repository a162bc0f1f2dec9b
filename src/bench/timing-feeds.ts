import type { SampleSet } from '../data/types.js';
import { InferOptError } from '../errors.js';
import { Tensor } from '../tensor/tensor.js';
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
    stacked(Array.from({ length: batch }, (_, i) => taken[(group * batch + i) % taken.length]!)),
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

function stacked(group: readonly ReadonlyMap<string, Tensor>[]): ReadonlyMap<string, Tensor> {
  const first = group[0]!;
  return new Map([...first.keys()].map((name) => [name, stack(group.map((inputs) => inputs.get(name)!))]));
}

/** One tensor under the other, along the first axis. */
function stack(tensors: readonly Tensor[]): Tensor {
  const { dtype, dims } = tensors[0]!;
  const height = tensors.reduce((sum, tensor) => sum + (tensor.dims[0] ?? 1), 0);
  const shape = [height, ...dims.slice(1)];
  if (dtype === 'string')
    return Tensor.fromStrings(
      shape,
      tensors.flatMap((tensor) => [...tensor.strings]),
    );
  const bytes = new Uint8Array(tensors.reduce((sum, tensor) => sum + tensor.byteLength, 0));
  let at = 0;
  for (const tensor of tensors) {
    bytes.set(tensor.bytes(), at);
    at += tensor.byteLength;
  }
  return Tensor.fromBytes(dtype, shape, bytes);
}
