import { InferOptError } from '../../../errors.js';
import type { Model } from '../../../ir/model.js';
import type { Value } from '../../../ir/value.js';
import type { ChannelGroup, Unit } from '../groups.js';
import { squared, weightShares } from '../weight-shares.js';
import { tracesByShares } from './by-shares.js';
import type { ChannelScore } from './score.js';

/** Scales of every BatchNormalization with constant ones, by the name of the node that they follow: it keeps it when they are folded. */
export function batchNormScales(model: Model): Map<string, Float64Array> {
  const scales = new Map<string, Float64Array>();
  for (const node of model.graph.nodes()) {
    const scale = node.inputs[1]?.constant;
    const follows = node.inputs[0]?.producer?.name ?? '';
    if (node.is('BatchNormalization') && follows !== '' && scale !== undefined) {
      scales.set(follows, Float64Array.from(scale.toNumbers(), Math.abs));
    }
  }
  return scales;
}

export const batchNorm: ChannelScore = {
  name: 'batchnorm',
  summary:
    "the scale of a channel's BatchNormalization, as a share of those of the layer; l2 where there is none",
  trace({ groups, batchNorms }) {
    const found = groups.map((group) => [group, scaleShares(group, batchNorms)] as const);
    if (found.every(([, shares]) => shares === undefined)) {
      throw new InferOptError('model', 'no channel that can go has a scale of BatchNormalization', {
        hint: 'they were folded when the model was exported: choose another --score',
      });
    }
    const shares = new Map(found);
    return Promise.resolve(
      tracesByShares(groups, (group) => shares.get(group) ?? weightShares(group, squared)),
    );
  },
};

function scalesOf(value: Value, scales: ReadonlyMap<string, Float64Array>): Float64Array | undefined {
  return value.producer === undefined ? undefined : scales.get(value.producer.name);
}

/** The mean over all that scale the group's channels; undefined where nothing does. */
function scaleShares(
  group: ChannelGroup,
  scales: ReadonlyMap<string, Float64Array>,
): Map<Unit, number> | undefined {
  const shares = new Map<Unit, number>(group.units.map((unit) => [unit, 0]));
  const scaled = group.axes.filter(
    ({ value, axis, length }) => axis === 1 && scalesOf(value, scales)?.length === length,
  );
  for (const axis of scaled) {
    const own = scalesOf(axis.value, scales)!;
    const total = own.reduce((sum, scale) => sum + scale, 0);
    if (total === 0) continue;
    for (const unit of group.units) {
      const sum = unit.get(axis)!.reduce((part, place) => part + own[place]!, 0);
      shares.set(unit, shares.get(unit)! + sum / total / scaled.length);
    }
  }
  return scaled.length === 0 ? undefined : shares;
}
