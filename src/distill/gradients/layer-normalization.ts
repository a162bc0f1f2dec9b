import { elementCount } from '../../tensor/tensor.js';
import { axisOf } from './axes.js';
import { outputGradient, type Gradient } from './gradient.js';

/**
 * (x - mean) / deviation * scale + bias over the axes from `axis` on (Ba et al. 2016). With n = normalized x
 * and h = g scale: dx = (h - mean(h) - n mean(h n)) / deviation.
 */
export const layerNormalization: Gradient = {
  operator: 'LayerNormalization',
  places: [0, 1, 2],
  parameters: [1, 2],
  refuses: (node) =>
    node.outputs.slice(1).some((value) => value !== undefined && !value.isUnused)
      ? 'its mean and deviation are read'
      : undefined,
  build(site) {
    const { node, emitter } = site;
    const [x, scale, bias] = node.inputs;
    const g = outputGradient(site);
    const dims = emitter.dims(x!);
    const first = axisOf(node, dims.length, -1);
    const axes = dims.flatMap((_, axis) => (axis >= first ? [axis] : []));
    const centred = emitter.sub(x!, emitter.mean(x!, axes));
    const variance = emitter.mean(emitter.mul(centred, centred), axes);
    const deviation = emitter.unary('Sqrt', emitter.shift(variance, node.float('epsilon', 1e-5)));
    const normal = emitter.div(centred, deviation);
    const count = elementCount(axes.map((axis) => dims[axis]!));
    const backward = () => {
      const h = emitter.mul(g, scale!);
      const means = emitter.scale(emitter.sum(h, axes), 1 / count);
      const along = emitter.scale(emitter.sum(emitter.mul(h, normal), axes), 1 / count);
      return emitter.div(emitter.sub(emitter.sub(h, means), emitter.mul(normal, along)), deviation);
    };
    return [
      site.wants(0) ? backward() : undefined,
      site.wants(1) ? emitter.sumTo(emitter.mul(g, normal), emitter.dims(scale!)) : undefined,
      site.wants(2) ? emitter.sumTo(g, emitter.dims(bias!)) : undefined,
    ];
  },
};
