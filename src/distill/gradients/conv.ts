import type { Node } from '../../ir/node.js';
import type { Emitter } from '../graph/emitter.js';
import type { ConvolutionSite } from './convolution/forms.js';
import { geometryOf } from './convolution/geometry.js';
import { outputGradient, type Gradient } from './gradient.js';

/** Convolution: the gradients of image and weights are convolutions themselves, in the forms that were chosen. */
export const conv: Gradient = {
  operator: 'Conv',
  places: [0, 1, 2],
  parameters: [1, 2],
  build(site) {
    const { node, emitter, forms } = site;
    const [image, weight] = [node.inputs[0]!, node.inputs[1]!];
    const gradient = outputGradient(site);
    const shape = convolutionSite(node, emitter);
    return [
      site.wants(0) ? forms.image(shape).build(shape, weight, gradient) : undefined,
      site.wants(1) ? forms.weight(shape).build(shape, image, gradient) : undefined,
      site.wants(2) ? biasGradient(emitter, gradient) : undefined,
    ];
  },
};

/** A Conv node as a place where gradients are wanted. */
export function convolutionSite(node: Node, emitter: Emitter): ConvolutionSite {
  const [image, weight, result] = [node.inputs[0]!, node.inputs[1]!, node.outputs[0]!].map((value) =>
    emitter.dims(value),
  ) as [readonly number[], readonly number[], readonly number[]];
  const geometry = geometryOf(node, weight.slice(2), image.slice(2), result.slice(2));
  return { emitter, geometry, groups: node.int('group', 1), image, weight, result };
}

/** The sum over samples and places, one for each channel. */
export function biasGradient(
  emitter: Emitter,
  gradient: Parameters<Emitter['sum']>[0],
): ReturnType<Emitter['sum']> {
  const axes = emitter.dims(gradient).flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  return emitter.sum(gradient, axes, false);
}
