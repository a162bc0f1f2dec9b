import { outputGradient, type Gradient } from './gradient.js';

/** The gradient passes where nothing was cut off. */
export const clip: Gradient = {
  operator: 'Clip',
  places: [0],
  build(site) {
    const { node, emitter } = site;
    const [x, low, high] = node.inputs;
    const inside = [
      low === undefined ? undefined : emitter.compare('Greater', x!, low),
      high === undefined ? undefined : emitter.compare('Less', x!, high),
    ].filter((mask) => mask !== undefined);
    return [inside.reduce((gradient, mask) => emitter.mul(gradient, mask), outputGradient(site))];
  },
};
