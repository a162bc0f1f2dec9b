import { elementwise } from './gradient.js';

export const reciprocal = elementwise('Reciprocal', (emitter, { y, g }) =>
  emitter.unary('Neg', emitter.mul(g, emitter.mul(y, y))),
);
