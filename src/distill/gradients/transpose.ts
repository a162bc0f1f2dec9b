import { outputGradient, type Gradient } from './gradient.js';

export const transpose: Gradient = {
  operator: 'Transpose',
  places: [0],
  build(site) {
    const { node, emitter } = site;
    const axes = emitter.dims(node.inputs[0]!).map((_, axis) => axis);
    const perm = node.ints('perm') ?? axes.slice().reverse();
    return [
      emitter.transpose(
        outputGradient(site),
        axes.map((axis) => perm.indexOf(axis)),
      ),
    ];
  },
};
