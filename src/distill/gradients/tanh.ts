import { elementwise } from './gradient.js';

export const tanh = elementwise('Tanh', (emitter, { y, g }) =>
  emitter.mul(g, emitter.sub(emitter.scalar(1), emitter.mul(y, y))),
);
