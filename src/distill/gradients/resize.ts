import { Tensor } from '../../tensor/tensor.js';
import { integersOf } from '../../passes/match.js';
import { outputGradient, type Gradient } from './gradient.js';
import { resizeMatrix, type ResizeRule } from './resize-matrix.js';

/** Resizing is a matrix along each axis; its gradient is that matrix turned. */
export const resize: Gradient = {
  operator: 'Resize',
  places: [0],
  refuses(node) {
    const mode = node.string('mode', 'nearest');
    if (mode !== 'nearest' && mode !== 'linear') return `its mode is ${mode}`;
    const transform = node.string('coordinate_transformation_mode', 'half_pixel');
    if (!['asymmetric', 'half_pixel', 'pytorch_half_pixel', 'align_corners'].includes(transform)) {
      return `its coordinates are ${transform}`;
    }
    if (node.int('antialias', 0) === 1) return 'it smooths before it shrinks';
    return node.string('keep_aspect_ratio_policy', 'stretch') === 'stretch'
      ? undefined
      : 'it keeps proportions';
  },
  build(site) {
    const { node, emitter } = site;
    const dims = emitter.dims(node.inputs[0]!);
    const rule: ResizeRule = {
      mode: node.string('mode', 'nearest') as ResizeRule['mode'],
      coordinates: node.string('coordinate_transformation_mode', 'half_pixel') as ResizeRule['coordinates'],
      nearest: node.string('nearest_mode', 'round_prefer_floor') as ResizeRule['nearest'],
    };
    const axes = (node.ints('axes') ?? dims.map((_, axis) => axis)).map(
      (axis) => (axis + dims.length) % dims.length,
    );
    const scales =
      node.inputs[2]?.constant?.size === axes.length ? node.inputs[2].constant.toNumbers() : undefined;
    const sized = integersOf(node.inputs[3]) !== undefined;
    let gradient = outputGradient(site);
    dims.forEach((from, axis) => {
      const own = emitter.dims(gradient);
      const to = own[axis]!;
      const scale = sized || scales === undefined ? to / from : scales[axes.indexOf(axis)]!;
      if (from === to && scale === 1) return;
      const matrix = emitter.tensor(Tensor.float32([to, from], resizeMatrix(rule, from, to, scale)));
      const last = own.flatMap((_, at) => (at === axis ? [] : [at])).concat(axis);
      const product = emitter.matmul(emitter.transpose(gradient, last), matrix);
      gradient = emitter.transpose(
        product,
        own.map((_, at) => last.indexOf(at)),
      );
    });
    return [gradient];
  },
};
