import { axisOf } from './axes.js';
import { outputGradient, type Gradient } from './gradient.js';

export const concat: Gradient = {
  operator: 'Concat',
  places: 'all',
  build(site) {
    const { node, emitter } = site;
    const gradient = outputGradient(site);
    const axis = axisOf(node, emitter.dims(gradient).length, 0);
    let start = 0;
    return node.inputs.map((input, place) => {
      const from = start;
      start += emitter.dims(input!)[axis]!;
      if (!site.wants(place)) return undefined;
      return emitter.slice(gradient, { axes: [axis], starts: [from], ends: [start] });
    });
  },
};
