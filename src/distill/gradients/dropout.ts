import { outputGradient, type Gradient } from './gradient.js';

/** At inference it does nothing. */
export const dropout: Gradient = {
  operator: 'Dropout',
  places: [0],
  refuses: (node) =>
    node.inputs[2] === undefined ? undefined : 'it may be in training mode, which no inference graph is',
  build: (site) => [outputGradient(site)],
};
