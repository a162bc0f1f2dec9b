import { outputGradient, type Gradient } from './gradient.js';

/** As layer normalization, over the places of each channel of each sample; one scale and bias a channel. */
export const instanceNormalization: Gradient = {
  operator: 'InstanceNormalization',
  places: [0, 1, 2],
  parameters: [1, 2],
  build(site) {
    const { node, emitter } = site;
    const [x, scale] = [node.inputs[0]!, node.inputs[1]!];
    const g = outputGradient(site);
    const dims = emitter.dims(x);
    const axes = dims.flatMap((_, axis) => (axis >= 2 ? [axis] : []));
    const others = [0, ...axes];
    const centred = emitter.sub(x, emitter.mean(x, axes));
    const variance = emitter.mean(emitter.mul(centred, centred), axes);
    const deviation = emitter.unary('Sqrt', emitter.shift(variance, node.float('epsilon', 1e-5)));
    const normal = emitter.div(centred, deviation);
    const backward = () => {
      const channels = dims.map((dim, axis) => (axis === 1 ? dim : 1));
      const h = emitter.mul(g, emitter.reshape(scale, channels));
      const along = emitter.mean(emitter.mul(h, normal), axes);
      const inner = emitter.sub(emitter.sub(h, emitter.mean(h, axes)), emitter.mul(normal, along));
      return emitter.div(inner, deviation);
    };
    return [
      site.wants(0) ? backward() : undefined,
      site.wants(1) ? emitter.sum(emitter.mul(g, normal), others, false) : undefined,
      site.wants(2) ? emitter.sum(g, others, false) : undefined,
    ];
  },
};
