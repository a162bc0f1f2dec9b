import { outputGradient, type Gradient } from './gradient.js';

export const expand: Gradient = {
  operator: 'Expand',
  places: [0],
  build(site) {
    const { node, emitter } = site;
    return [emitter.sumTo(outputGradient(site), emitter.dims(node.inputs[0]!))];
  },
};
