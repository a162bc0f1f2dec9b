import { outputGradient, type Gradient } from './gradient.js';

/** From float32 to float32; casts to integers hand nothing back, and half precision is not trained here. */
export const cast: Gradient = {
  operator: 'Cast',
  places: [0],
  refuses: (node) => (node.int('to') === 1 ? undefined : 'it leaves float32'),
  build: (site) => [outputGradient(site)],
};
