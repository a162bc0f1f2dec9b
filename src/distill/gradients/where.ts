import { outputGradient, type Gradient } from './gradient.js';

/** Each element's gradient goes to where the element came from. */
export const where: Gradient = {
  operator: 'Where',
  places: [1, 2],
  build(site) {
    const { node, emitter } = site;
    const [condition, a, b] = [node.inputs[0]!, node.inputs[1]!, node.inputs[2]!];
    const gradient = outputGradient(site);
    const dims = emitter.dims(gradient);
    const nothing = emitter.scalar(0);
    return [
      undefined,
      site.wants(1)
        ? emitter.sumTo(emitter.emit('Where', [condition, gradient, nothing], dims), emitter.dims(a))
        : undefined,
      site.wants(2)
        ? emitter.sumTo(emitter.emit('Where', [condition, nothing, gradient], dims), emitter.dims(b))
        : undefined,
    ];
  },
};
