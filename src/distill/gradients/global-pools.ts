import { elementCount } from '../../tensor/tensor.js';
import { outputGradient, type Gradient } from './gradient.js';

/** Every place gets its share. */
export const globalAveragePool: Gradient = {
  operator: 'GlobalAveragePool',
  places: [0],
  build(site) {
    const { node, emitter } = site;
    const dims = emitter.dims(node.inputs[0]!);
    const scaled = emitter.scale(outputGradient(site), 1 / elementCount(dims.slice(2)));
    return [emitter.expand(scaled, dims)];
  },
};

/** The largest place gets all; equal ones share it. */
export const globalMaxPool: Gradient = {
  operator: 'GlobalMaxPool',
  places: [0],
  build(site) {
    const { node, emitter } = site;
    const [x, y] = [node.inputs[0]!, node.outputs[0]!];
    const axes = emitter.dims(x).flatMap((_, axis) => (axis >= 2 ? [axis] : []));
    const equal = emitter.compare('Equal', x, y);
    const share = emitter.div(outputGradient(site), emitter.sum(equal, axes));
    return [emitter.mul(share, equal)];
  },
};
