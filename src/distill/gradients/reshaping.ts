import { outputGradient, type Gradient } from './gradient.js';

/** An operator that gives the same elements other dims: its gradient gets the old ones back. */
function reshaping(operator: string): Gradient {
  return {
    operator,
    places: [0],
    build(site) {
      const { node, emitter } = site;
      return [emitter.reshape(outputGradient(site), emitter.dims(node.inputs[0]!))];
    },
  };
}

export const reshape = reshaping('Reshape');
export const flatten = reshaping('Flatten');
export const squeeze = reshaping('Squeeze');
export const unsqueeze = reshaping('Unsqueeze');
