import { elementCount } from '../../tensor/tensor.js';
import { outputGradient, type Gradient } from './gradient.js';

/** Each window hands its gradient to the place of its largest element, which the operator tells as its second output. */
export const maxPool: Gradient = {
  operator: 'MaxPool',
  places: [0],
  refuses: (node) =>
    node.int('storage_order', 0) === 0 ? undefined : 'its indices are in column-major order',
  build(site) {
    const { node, emitter } = site;
    const dims = emitter.dims(node.inputs[0]!);
    const gradient = outputGradient(site);
    const places = elementCount(emitter.dims(gradient));
    if (node.outputs[1] === undefined) {
      const indices = emitter.graph.newValue('MaxPool_indices');
      indices.type = { kind: 'tensor', dtype: 'int64', dims: emitter.dims(gradient) };
      node.setOutput(1, indices);
    }
    const flatIndices = emitter.emit(
      'Reshape',
      [node.outputs[1]!, emitter.ints([places])],
      [places],
      {},
      { dtype: 'int64' },
    );
    const total = elementCount(dims);
    const scattered = emitter.emit(
      'ScatterElements',
      [emitter.zeros([total]), flatIndices, emitter.reshape(gradient, [places])],
      [total],
      { axis: 0, reduction: 'add' },
    );
    return [emitter.reshape(scattered, dims)];
  },
};
