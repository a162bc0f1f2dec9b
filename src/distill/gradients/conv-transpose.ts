import { biasGradient } from './conv.js';
import { convSettings, geometryOf } from './convolution/geometry.js';
import { outputGradient, type Gradient } from './gradient.js';

/** Transposed convolution: image and result of a convolution have changed places, so its gradients have too. */
export const convTranspose: Gradient = {
  operator: 'ConvTranspose',
  places: [0, 1, 2],
  parameters: [1, 2],
  refuses: (node) =>
    node.ints('output_shape') !== undefined ||
    !['NOTSET', 'VALID', ''].includes(node.string('auto_pad', 'NOTSET'))
      ? 'its pads follow from its output shape'
      : undefined,
  build(site) {
    const { node, emitter, forms } = site;
    const [input, weight] = [node.inputs[0]!, node.inputs[1]!];
    const gradient = outputGradient(site);
    const dims = { input: emitter.dims(input), weight: emitter.dims(weight), output: emitter.dims(gradient) };
    const groups = node.int('group', 1);
    const geometry = geometryOf(node, dims.weight.slice(2), dims.output.slice(2), dims.input.slice(2));
    const shape = {
      emitter,
      geometry,
      groups,
      image: dims.output,
      weight: dims.weight,
      result: dims.input,
    };
    return [
      site.wants(0)
        ? emitter.emit('Conv', [gradient, weight], dims.input, convSettings(geometry, groups))
        : undefined,
      site.wants(1) ? forms.weight(shape).build(shape, gradient, input) : undefined,
      site.wants(2) ? biasGradient(emitter, gradient) : undefined,
    ];
  },
};
