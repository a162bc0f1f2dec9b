import { knownDims } from '../../runtime/macs.js';
import { elementCount } from '../../tensor/tensor.js';
import { matrixOf, setMatrix, type Layer } from '../layer.js';
import type { Masks } from '../magnitude/scores.js';
import { copiedValues } from '../repair/part.js';
import { repairWeights } from '../repair/repair-weights.js';
import { siteOf, type Site } from '../repair/site.js';
import type { LayerRecord, LeftRecord, SchemeContext, SchemeReport } from './scheme.js';

/** The layers that can be repaired, and why the others cannot. */
export function sitesOf(layers: readonly Layer[]): { sites: Site[]; left: LeftRecord[] } {
  const sites: Site[] = [];
  const left: LeftRecord[] = [];
  for (const layer of layers) {
    const site = siteOf(layer);
    if (typeof site === 'string') left.push({ node: layer.node.label, reason: `not repaired: ${site}` });
    else sites.push(site);
  }
  return { sites, left };
}

/** Makes the weights zero where the masks are, repairs what stays, and tells what came of it. */
export async function cutAndRepair(
  context: SchemeContext,
  layers: readonly Layer[],
  masks: Masks,
  left: readonly LeftRecord[],
): Promise<SchemeReport> {
  const before = new Map(layers.map((layer) => [layer, filled(layer)]));
  for (const [layer, mask] of masks) {
    if (mask.every((one) => one === 1)) continue;
    setMatrix(
      layer,
      matrixOf(layer).map((weight, index) => (mask[index] === 0 ? 0 : weight)),
    );
  }
  const { sites, left: unrepaired } = sitesOf(layers);
  const repaired = context.repair ? await repair(context, sites) : undefined;
  const errors = new Map([...(repaired?.errors ?? [])].map(([site, error]) => [site.layer, error]));
  const records = layers.map((layer): LayerRecord => {
    const error = errors.get(layer);
    return {
      node: layer.node.label,
      op: layer.node.opType,
      before: before.get(layer)!,
      after: filled(layer),
      error_without_repair: error?.without ?? null,
      error_with_repair: error?.repaired ?? null,
    };
  });
  return {
    layers: records,
    left: [...left, ...(context.repair ? unrepaired : [])],
    repaired: repaired === undefined ? null : { passes: repaired.passes, memory: repaired.memory },
    warnings: [],
  };
}

function repair(context: SchemeContext, sites: readonly Site[]): ReturnType<typeof repairWeights> {
  const { original, pruned, samples } = context;
  const twins = copiedValues(pruned.graph, original.graph);
  return repairWeights(original, pruned, sites, samples, {
    threads: context.threads,
    progress: context.progress,
    signal: context.signal,
    originalOf: (value) => twins.get(value) ?? value,
    placesOf,
  });
}

/** Observations that one sample gives: places of the output. */
export function placesOf({ layer, output }: Site): number {
  const dims = knownDims(output);
  return dims === undefined ? 1 : Math.max(1, elementCount(dims) / (layer.groups * layer.rows));
}

/** How many of its weights are not zero. */
export function filled({ value }: Layer): number {
  const numbers = value.constant.toNumbers();
  let count = 0;
  for (let i = 0; i < numbers.length; i++) if (numbers[i] !== 0) count += 1;
  return count;
}
