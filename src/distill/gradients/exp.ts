import { elementwise } from './gradient.js';

export const exp = elementwise('Exp', (emitter, { y, g }) => emitter.mul(g, y));
