import { elementwise } from './gradient.js';

export const sqrt = elementwise('Sqrt', (emitter, { y, g }) => emitter.div(g, emitter.scale(y, 2)));
