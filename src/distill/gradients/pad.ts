import { integersOf } from '../../passes/match.js';
import { axesOf } from './axes.js';
import { outputGradient, type Gradient } from './gradient.js';

/** Cuts off what was added; what was cut off gets zeros. */
export const pad: Gradient = {
  operator: 'Pad',
  places: [0],
  refuses(node) {
    if (node.string('mode', 'constant') !== 'constant') return 'it repeats elements of its input';
    return integersOf(node.inputs[1]) === undefined ? 'its pads are not constant' : undefined;
  },
  build(site) {
    const { node, emitter } = site;
    const rank = emitter.dims(node.inputs[0]!).length;
    const pads = integersOf(node.inputs[1])!;
    const axes = axesOf(node, rank, 3) ?? Array.from({ length: rank }, (_, axis) => axis);
    const gradient = outputGradient(site);
    const dims = emitter.dims(gradient);
    const added = axes.map((_, i) => ({ begin: pads[i]!, end: pads[i + axes.length]! }));
    const cut = emitter.slice(gradient, {
      axes,
      starts: added.map(({ begin }) => Math.max(0, begin)),
      ends: added.map(({ end }, i) => dims[axes[i]!]! - Math.max(0, end)),
    });
    const around = (amounts: readonly number[]) => {
      const all = new Array<number>(rank).fill(0);
      axes.forEach((axis, i) => (all[axis] = Math.max(0, -amounts[i]!)));
      return all;
    };
    return [emitter.pad(cut, around(added.map(({ begin }) => begin)), around(added.map(({ end }) => end)))];
  },
};
