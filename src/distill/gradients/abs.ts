import { elementwise } from './gradient.js';

export const abs = elementwise('Abs', (emitter, { x, g }) => emitter.mul(g, emitter.unary('Sign', x)));
