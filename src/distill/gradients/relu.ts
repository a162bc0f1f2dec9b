import { elementwise } from './gradient.js';

/** The output is never negative: its sign is 1 where the gradient passes, and 0 elsewhere. */
export const relu = elementwise('Relu', (emitter, { y, g }) => emitter.mul(g, emitter.unary('Sign', y)));
