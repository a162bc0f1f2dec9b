import { outputGradient, type Gradient } from './gradient.js';
import { axisOf } from './axes.js';

/** g - softmax(x) sum(g) along the axis. */
export const logSoftmax: Gradient = {
  operator: 'LogSoftmax',
  places: [0],
  build(site) {
    const { node, emitter } = site;
    const [y, g] = [node.outputs[0]!, outputGradient(site)];
    const axis = axisOf(node, emitter.dims(y).length, -1);
    return [emitter.sub(g, emitter.mul(emitter.unary('Exp', y), emitter.sum(g, [axis])))];
  },
};
