import { outputGradient, type Gradient } from './gradient.js';

export const add: Gradient = {
  operator: 'Add',
  places: [0, 1],
  parameters: [0, 1],
  build(site) {
    const { node, emitter } = site;
    const gradient = outputGradient(site);
    return node.inputs.map((input, place) =>
      site.wants(place) ? emitter.sumTo(gradient, emitter.dims(input!)) : undefined,
    );
  },
};
