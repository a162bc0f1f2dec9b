import type { Gram } from '../../calibrate/gram.js';
import { matrixOf, type Layer } from '../layer.js';
import { invertFactored } from '../linear/cholesky.js';
import { damped } from '../linear/damped.js';
import { dampingShare } from '../repair/refit.js';
import { changePerCut, OutputShift } from '../sensitivity.js';
import { weighSites } from '../weigh-sites.js';
import { multipleFor, type GroupTrace } from './allocate.js';
import { consumersOf, type Consumer } from './consumers.js';
import type { ChannelGroup, Unit } from './groups.js';
import type { ScoreContext } from './scores/score.js';
import { traceGroup, type Reader } from './trace-group.js';
import { squared, weightShares } from './weight-shares.js';

/** Wider inputs take too long to invert: what their columns carry is counted, without what others could make up for. */
const widestExact = 1152;
/** Least and largest part of the channels whose loss shows what an error of the layer does to the outputs. */
const [leastProbe, largestProbe] = [0.25, 0.75];

/** Traces by what the loss of each unit does to the outputs of the layers that read it, and these to the model's. */
export async function tracesByError({
  model,
  groups,
  layers,
  sites,
  samples,
  ratio,
  ...options
}: ScoreContext): Promise<GroupTrace[]> {
  const observed = new Map(sites.map((site) => [site.layer, site]));
  const consumers = new Map(
    groups.map((group) => [group, consumersOf(group, layers).filter(({ layer }) => observed.has(layer))]),
  );
  const needed = new Set([...consumers.values()].flat().map(({ layer }) => layer));
  const reading = sites.filter(({ layer }) => needed.has(layer));
  const readers = new Map<Consumer, Reader[]>();
  const costs = new Map<ChannelGroup, Map<Unit, number>>(
    groups.map((group) => [
      group,
      consumers.get(group)!.length === 0 ? weightShares(group, squared) : new Map<Unit, number>(),
    ]),
  );
  const probed = Math.min(largestProbe, Math.max(leastProbe, 1.25 * ratio));
  await weighSites(model, reading, samples, options, async () => {
    const shift = await OutputShift.open(model, samples, reading.length, options.threads);
    return async (site, grams) => {
      const { layer } = site;
      const weights = matrixOf(layer);
      const probe = withoutSmallest(layer, weights, grams, probed);
      const factor = await changePerCut(site, weights, probe, grams, shift);
      const exact = layer.inputs <= widestExact;
      const own = grams.map((gram, index) => ({
        n: layer.inputs,
        weights: weights.subarray(index * layer.rows * layer.inputs, (index + 1) * layer.rows * layer.inputs),
        matrix: exact
          ? invertFactored(damped(gram.square, layer.inputs, gram.count, dampingShare).factor, layer.inputs)
          : gram.square,
        exact,
        weight: factor / gram.count,
      }));
      for (const [group, list] of consumers) {
        for (const consumer of list) {
          if (consumer.layer !== layer) continue;
          const made = own.map((one): Reader => ({ ...one, columns: consumer.columns }));
          if (exact) readers.set(consumer, made);
          // What does not change while others go is counted now, and its moments are let go of.
          else addCosts(costs.get(group)!, group, made);
        }
      }
    };
  });
  return groups.map((group) => {
    const own = consumers.get(group)!.flatMap((consumer) => readers.get(consumer) ?? []);
    return { group, ...traceGroup(group.units, own, costs.get(group)!), multiple: multipleFor(group) };
  });
}

function addCosts(costs: Map<Unit, number>, group: ChannelGroup, readers: readonly Reader[]): void {
  const { order, cost } = traceGroup(group.units, readers, new Map());
  order.forEach((unit, index) => costs.set(unit, (costs.get(unit) ?? 0) + cost[index]!));
}

/** The weights without the channels that carry least. */
function withoutSmallest(
  layer: Layer,
  weights: Float64Array,
  grams: readonly Gram[],
  probed: number,
): Float64Array {
  const { rows, inputs: n, taps } = layer;
  const channels = n / taps;
  const energy = new Float64Array(channels);
  for (const [group, { square }] of grams.entries()) {
    for (let row = group * rows; row < (group + 1) * rows; row++) {
      for (let i = 0; i < n; i++) {
        energy[Math.floor(i / taps)]! += weights[row * n + i]! ** 2 * square[i * n + i]!;
      }
    }
  }
  const order = Uint32Array.from({ length: channels }, (_, index) => index).sort(
    (a, b) => energy[a]! - energy[b]! || a - b,
  );
  const gone = new Set(order.subarray(0, Math.max(1, Math.floor(probed * channels))));
  return weights.map((weight, index) => (gone.has(Math.floor((index % n) / taps)) ? 0 : weight));
}
