import { InferOptError, messageOf } from '../../errors.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { inferShapes } from '../../runtime/shapes.js';
import type { Budget } from '../budget.js';
import { elementCount } from '../../tensor/tensor.js';
import { dimsOf } from '../channels/axes.js';
import { chooseUnits, counterFor } from '../channels/choose.js';
import { rowAxis } from '../channels/consumers.js';
import { cutUnits } from '../channels/cut.js';
import { groupChannels, type Grouping } from '../channels/groups.js';
import { Parameters } from '../channels/parameters.js';
import type { Kept } from '../channels/rules/rule.js';
import { channelScoreNamed } from '../channels/scores/list.js';
import { settleDims } from '../known-dims.js';
import { layersOf, type Layer } from '../layer.js';
import { copiedValues } from '../repair/part.js';
import { repairWeights, type Repaired } from '../repair/repair-weights.js';
import type { Site } from '../repair/site.js';
import { sitesOf } from './cut.js';
import type { LeftRecord, Scheme, SchemeContext } from './scheme.js';

export const channel: Scheme = {
  name: 'channel',
  summary:
    'whole channels, hidden units and attention heads go; --ratio is the share of multiply-accumulates that goes',
  counts: 'channels',
  takesRatio: true,
  hint: 'fewer channels are less work on every target, without special kernels',
  async apply(context) {
    const { pruned, original, samples } = context;
    const { inputs } = await samples.get(0);
    const known = await settleDims(pruned, inputs);
    const grouping = groupChannels(pruned);
    const before = layersOf(pruned);
    const widths = new Map(before.map((layer) => [layer.node, widthOf(layer)]));
    const places = placesBefore(before);
    const left = fixedLayers(before, grouping);
    const budget = context.budget ?? { of: 'macs' as const, share: 1 - (context.ratio ?? 0) };
    const whole = { model: pruned, groups: grouping.groups, known, budget };
    const counter = counterFor(whole);
    const groups = grouping.groups.filter((group) => counter.gain(group, group.units.slice(0, 1)) > 0);
    if (groups.length === 0) {
      throw noChannel(pruned, grouping, budget, left);
    }
    const sites = sitesOf(before).sites;
    const traces = await channelScoreNamed(context.score, context.repair).trace({
      model: pruned,
      groups,
      layers: before,
      sites,
      samples,
      ratio: 1 - budget.share,
      batchNorms: context.batchNorms,
      threads: context.threads,
      progress: context.progress,
      signal: context.signal,
    });
    const { latencyOf } = context;
    const kept = cutUnits(pruned, await chooseUnits({ ...whole, latencyOf, inputs }, traces));
    await checked(context);
    const layers = layersOf(pruned);
    const found = sitesOf(layers);
    const repaired = context.repair
      ? await repair(context, found.sites, kept, places, copiedValues(pruned.graph, original.graph))
      : undefined;
    const errors = new Map([...(repaired?.errors ?? [])].map(([site, error]) => [site.layer.node, error]));
    return {
      layers: layers.map((layer) => {
        const error = errors.get(layer.node);
        return {
          node: layer.node.label,
          op: layer.node.opType,
          before: widths.get(layer.node) ?? widthOf(layer),
          after: widthOf(layer),
          error_without_repair: error?.without ?? null,
          error_with_repair: error?.repaired ?? null,
        };
      }),
      left: [...left, ...(context.repair ? found.left : [])],
      repaired: repaired === undefined ? null : { passes: repaired.passes, memory: repaired.memory },
      warnings: [],
    };
  },
};

function noChannel(
  model: Model,
  { groups }: Grouping,
  { of }: Budget,
  left: readonly LeftRecord[],
): InferOptError {
  const weights = new Parameters(model);
  if (of !== 'parameters' && groups.some((group) => weights.gain(group, group.units.slice(0, 1)) > 0)) {
    return new InferOptError('model', 'the work that channels would save is not known: shapes are not', {
      hint: 'count weights instead: --parameters 0.7x',
    });
  }
  return new InferOptError('model', 'no channel of this model can go', {
    hint: left[0] === undefined ? 'see --scheme magnitude' : `${left[0].node}: ${left[0].reason}`,
  });
}

/** Output channels of a layer. */
function widthOf(layer: Layer): number {
  return layer.value.constant.dims[rowAxis(layer)]!;
}

/** Layers none of whose output channels can go, and why. */
function fixedLayers(layers: readonly Layer[], { axes }: Grouping): LeftRecord[] {
  return layers.flatMap((layer): LeftRecord[] => {
    const rows = axes.of(layer.value, rowAxis(layer));
    const reasons = new Set<string | undefined>();
    for (let i = 0; i < (rows?.length ?? 0); i++) reasons.add(axes.reason(axes.classOf(rows!, i)));
    if (reasons.has(undefined)) return [];
    const [reason] = reasons;
    return reason === undefined ? [] : [{ node: layer.node.label, reason: `not cut: ${reason}` }];
  });
}

/** Observations that one sample gives of each node, by the shapes of before. */
function placesBefore(layers: readonly Layer[]): Map<Node, number> {
  return new Map(
    layers.map((layer) => {
      const [output] = layer.node.outputs;
      const dims = output === undefined ? undefined : dimsOf(output);
      const known = dims?.every((length) => typeof length === 'number') === true;
      return [layer.node, known ? Math.max(1, elementCount(dims) / widthOf(layer)) : 1];
    }),
  );
}

/** A cut that the runtime refuses is our fault, and said so. */
async function checked({ pruned }: SchemeContext): Promise<void> {
  try {
    await inferShapes(pruned);
  } catch (error) {
    throw new InferOptError('internal', `cutting channels broke the model: ${messageOf(error)}`, {
      hint: 'please report it; --scheme magnitude leaves shapes alone',
      cause: error,
    });
  }
}

function repair(
  context: SchemeContext,
  sites: readonly Site[],
  kept: Kept,
  places: ReadonlyMap<Node, number>,
  twins: ReturnType<typeof copiedValues>,
): Promise<Repaired> {
  return repairWeights(context.original, context.pruned, sites, context.samples, {
    threads: context.threads,
    progress: context.progress,
    signal: context.signal,
    originalOf: (value) => twins.get(value) ?? value,
    outputsOf: ({ layer }) => kept(layer.value, rowAxis(layer)),
    placesOf: ({ layer }) => places.get(layer.node) ?? 1,
  });
}
