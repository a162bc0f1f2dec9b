import { elementwise } from './gradient.js';

export const cos = elementwise('Cos', (emitter, { x, g }) =>
  emitter.unary('Neg', emitter.mul(g, emitter.unary('Sin', x))),
);
