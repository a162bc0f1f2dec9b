import { outputGradient, type Gradient } from './gradient.js';
import { axisOf } from './axes.js';

/** y (g - sum(g y)) along the axis. */
export const softmax: Gradient = {
  operator: 'Softmax',
  places: [0],
  build(site) {
    const { node, emitter } = site;
    const [y, g] = [node.outputs[0]!, outputGradient(site)];
    const axis = axisOf(node, emitter.dims(y).length, -1);
    const sum = emitter.sum(emitter.mul(g, y), [axis]);
    return [emitter.mul(y, emitter.sub(g, sum))];
  },
};
