import { elementwise } from './gradient.js';

/** d/dx erf(x) = 2/sqrt(pi) exp(-x^2) */
export const erf = elementwise('Erf', (emitter, { x, g }) => {
  const exponential = emitter.unary('Exp', emitter.unary('Neg', emitter.mul(x, x)));
  return emitter.mul(g, emitter.scale(exponential, 2 / Math.sqrt(Math.PI)));
});
