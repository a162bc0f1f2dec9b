import { elementCount } from '../../tensor/tensor.js';
import { axisOf } from './axes.js';
import { outputGradient, type Gradient } from './gradient.js';

/** Each gathered row's gradient is added to where the row came from; rows gathered twice get both. */
export const gather: Gradient = {
  operator: 'Gather',
  places: [0],
  parameters: [0],
  build(site) {
    const { node, emitter } = site;
    const [data, indices] = [node.inputs[0]!, node.inputs[1]!];
    const dims = emitter.dims(data);
    const axis = axisOf(node, dims.length, 0);
    const count = elementCount(emitter.dims(indices));
    const rest = dims.filter((_, at) => at !== axis);
    const gradient = outputGradient(site);
    // [before, indices, after] with the gathered axis in front.
    const flat = emitter.reshape(gradient, [...dims.slice(0, axis), count, ...dims.slice(axis + 1)]);
    const front = [axis, ...dims.flatMap((_, at) => (at === axis ? [] : [at]))];
    const rows = emitter.transpose(flat, front);
    const places = emitter.emit(
      'Reshape',
      [
        emitter.emit('Cast', [indices], emitter.dims(indices), { to: 7 }, { dtype: 'int64' }),
        emitter.ints([count, 1]),
      ],
      [count, 1],
      {},
      { dtype: 'int64' },
    );
    const zeros = emitter.zeros([dims[axis]!, ...rest]);
    const summed = emitter.emit('ScatterND', [zeros, places, rows], [dims[axis]!, ...rest], {
      reduction: 'add',
    });
    const back = dims.map((_, at) => front.indexOf(at));
    return [emitter.transpose(summed, back)];
  },
};
