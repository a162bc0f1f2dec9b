import { elementwise } from './gradient.js';

export const softplus = elementwise('Softplus', (emitter, { x, g }) =>
  emitter.mul(g, emitter.unary('Sigmoid', x)),
);
