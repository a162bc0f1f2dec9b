import { elementwise } from './gradient.js';

export const sigmoid = elementwise('Sigmoid', (emitter, { y, g }) =>
  emitter.mul(g, emitter.mul(y, emitter.sub(emitter.scalar(1), y))),
);
