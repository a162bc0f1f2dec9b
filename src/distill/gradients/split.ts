import { axisOf } from './axes.js';
import type { Gradient } from './gradient.js';

/** The parts' gradients one behind the other; zeros for a part that nothing depends on. */
export const split: Gradient = {
  operator: 'Split',
  places: [0],
  build({ node, emitter, outputs }) {
    const axis = axisOf(node, emitter.dims(node.inputs[0]!).length, 0);
    const parts = node.outputs.map((output, i) => outputs[i] ?? emitter.zeros(emitter.dims(output!)));
    return [emitter.concat(parts, axis)];
  },
};
