import { InferOptError } from '../../errors.js';
import { layersOf, matrixOf, type Layer } from '../layer.js';
import { allocations, byError } from '../magnitude/allocations/list.js';
import type { Allocation } from '../magnitude/allocations/allocation.js';
import { byMagnitude } from '../magnitude/allocations/by-magnitude.js';
import { errorScores } from '../magnitude/error-scores.js';
import { cheapest, type Masks } from '../magnitude/scores.js';
import { cutAndRepair, sitesOf } from './cut.js';
import { cutOnDisk } from './cut-on-disk.js';
import type { Scheme, SchemeContext } from './scheme.js';

export const magnitude: Scheme = {
  name: 'magnitude',
  summary: 'single weights become zero; --ratio is the share of zeros over all Conv, Gemm and MatMul weights',
  counts: 'weights',
  takesRatio: true,
  hint:
    'zeros make the file smaller once it is compressed (see the gzip sizes); no runtime here skips them, so that ' +
    'latency and memory stay as they are',
  async apply(context) {
    const layers = layersOf(context.pruned);
    const total = layers.reduce((sum, layer) => sum + layer.value.constant.size, 0);
    const zeros = Math.ceil((context.ratio ?? 0) * total - 1e-9);
    const allocation = allocationNamed(context.allocation, context.repair);
    if (allocation !== undefined && !context.repair && layers.some(isOnDisk) && layers.every(isFloat32))
      return cutOnDisk(context, layers, allocation, zeros);
    const masks =
      allocation === undefined
        ? await masksByError(context, layers, zeros, total)
        : cheapest(new Map(layers.map((layer) => [layer, allocation.score(matrixOf(layer))])), zeros);
    return cutAndRepair(context, layers, masks, []);
  },
};

const isOnDisk = ({ value }: Layer): boolean => !value.constant.inMemory;
const isFloat32 = ({ value }: Layer): boolean => value.constant.dtype === 'float32';

/** Undefined for scores from samples. */
function allocationNamed(name: string | undefined, repair: boolean): Allocation | undefined {
  if (name === undefined) return repair ? undefined : allocations[0];
  if (name === byError.name) return undefined;
  const found = allocations.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new InferOptError('usage', `there is no allocation ${JSON.stringify(name)}`, {
    hint: `choose one of ${[byError, ...allocations].map((one) => one.name).join(', ')}`,
  });
}

/** Layers that nothing can be observed of give the ratio itself, their smallest weights; the others share the rest. */
async function masksByError(
  context: SchemeContext,
  layers: readonly Layer[],
  zeros: number,
  total: number,
): Promise<Masks> {
  const { sites } = sitesOf(layers);
  const observed = new Set(sites.map(({ layer }) => layer));
  const masks: Masks = new Map();
  let rest = zeros;
  const unseen = layers.filter((layer) => !observed.has(layer));
  for (const layer of unseen) {
    const weights = matrixOf(layer);
    const own =
      observed.size === 0 && layer === unseen.at(-1) ? rest : Math.floor((zeros / total) * weights.length);
    const mask = new Uint8Array(weights.length).fill(1);
    for (const index of byMagnitude(weights).subarray(0, own)) mask[index] = 0;
    masks.set(layer, mask);
    rest -= own;
  }
  const scores = await errorScores(context.pruned, sites, context.samples, {
    threads: context.threads,
    ratio: context.ratio ?? 0,
    progress: context.progress,
    signal: context.signal,
  });
  for (const [layer, mask] of cheapest(scores, rest)) masks.set(layer, mask);
  return masks;
}
