import { elementCount } from '../../tensor/tensor.js';
import { outputGradient, type Gradient } from './gradient.js';

/** With running statistics, which stay as they are: an affine map of each channel. */
export const batchNormalization: Gradient = {
  operator: 'BatchNormalization',
  places: [0, 1, 2],
  parameters: [1, 2],
  refuses: (node) =>
    node.int('training_mode', 0) === 1 ? 'it is in training mode, which no inference graph is' : undefined,
  build(site) {
    const { node, emitter } = site;
    const [x, scale, , mean, variance] = node.inputs;
    const g = outputGradient(site);
    const dims = emitter.dims(x!);
    const channels = dims.map((dim, axis) => (axis === 1 ? dim : 1));
    const others = dims.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
    const deviation = emitter.unary('Sqrt', emitter.shift(variance!, node.float('epsilon', 1e-5)));
    const factor = emitter.div(scale!, deviation);
    const sumOf = (value: typeof g) =>
      emitter.reshape(emitter.sum(value, others, false), [elementCount(channels)]);
    return [
      site.wants(0) ? emitter.mul(g, emitter.reshape(factor, channels)) : undefined,
      site.wants(1)
        ? emitter.div(emitter.sub(sumOf(emitter.mul(g, x!)), emitter.mul(sumOf(g), mean!)), deviation)
        : undefined,
      site.wants(2) ? sumOf(g) : undefined,
    ];
  },
};
