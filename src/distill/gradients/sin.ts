import { elementwise } from './gradient.js';

export const sin = elementwise('Sin', (emitter, { x, g }) => emitter.mul(g, emitter.unary('Cos', x)));
