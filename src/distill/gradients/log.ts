import { elementwise } from './gradient.js';

export const log = elementwise('Log', (emitter, { x, g }) => emitter.div(g, x));
