import { outputGradient, type Gradient } from './gradient.js';

export const mul: Gradient = {
  operator: 'Mul',
  places: [0, 1],
  parameters: [0, 1],
  build(site) {
    const { node, emitter } = site;
    const gradient = outputGradient(site);
    const [a, b] = [node.inputs[0]!, node.inputs[1]!];
    return [
      site.wants(0) ? emitter.sumTo(emitter.mul(gradient, b), emitter.dims(a)) : undefined,
      site.wants(1) ? emitter.sumTo(emitter.mul(gradient, a), emitter.dims(b)) : undefined,
    ];
  },
};
