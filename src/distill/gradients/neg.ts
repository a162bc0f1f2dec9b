import { elementwise } from './gradient.js';

export const neg = elementwise('Neg', (emitter, { g }) => emitter.unary('Neg', g));
