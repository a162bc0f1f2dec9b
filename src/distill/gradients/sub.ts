import { outputGradient, type Gradient } from './gradient.js';

export const sub: Gradient = {
  operator: 'Sub',
  places: [0, 1],
  build(site) {
    const { node, emitter } = site;
    const gradient = outputGradient(site);
    const [a, b] = [node.inputs[0]!, node.inputs[1]!];
    return [
      site.wants(0) ? emitter.sumTo(gradient, emitter.dims(a)) : undefined,
      site.wants(1) ? emitter.unary('Neg', emitter.sumTo(gradient, emitter.dims(b))) : undefined,
    ];
  },
};
