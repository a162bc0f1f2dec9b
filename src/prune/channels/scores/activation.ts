import type { ChannelGroup, Unit } from '../groups.js';
import { consumersOf } from '../consumers.js';
import { weighSites } from '../../weigh-sites.js';
import { squared, weightShares } from '../weight-shares.js';
import { tracesByShares } from './by-shares.js';
import type { ChannelScore } from './score.js';

export const activation: ChannelScore = {
  name: 'activation',
  summary: 'the energy of what a channel carries on the samples, as a share of what its readers see',
  async trace({ model, groups, layers, sites, samples, ...options }) {
    const consumers = new Map(groups.map((group) => [group, consumersOf(group, layers)]));
    const shares = new Map<ChannelGroup, Map<Unit, number>>();
    const read = new Set([...consumers.values()].flat().map(({ layer }) => layer));
    const reading = sites.filter(({ layer }) => read.has(layer));
    await weighSites(model, reading, samples, options, () =>
      Promise.resolve(async ({ layer }, grams) => {
        const n = layer.inputs;
        const energy = new Float64Array(n);
        for (const { square } of grams) for (let i = 0; i < n; i++) energy[i]! += square[i * n + i]!;
        const total = energy.reduce((sum, one) => sum + one, 0);
        if (total === 0) return Promise.resolve();
        for (const [group, list] of consumers) {
          for (const { layer: reader, columns } of list) {
            if (reader !== layer) continue;
            let own = shares.get(group);
            if (own === undefined) shares.set(group, (own = new Map(group.units.map((unit) => [unit, 0]))));
            for (const [unit, places] of columns) {
              const sum = places.reduce((part, column) => part + energy[column]!, 0);
              own.set(unit, own.get(unit)! + sum / total);
            }
          }
        }
        return Promise.resolve();
      }),
    );
    // Where nobody can be watched reading, weights are all that is known.
    return tracesByShares(groups, (group) => shares.get(group) ?? weightShares(group, squared));
  },
};
