import { elementwise } from './gradient.js';

export const leakyRelu = elementwise('LeakyRelu', (emitter, { x, g, node }) => {
  const slope = node.float('alpha', 0.01);
  const positive = emitter.compare('Greater', x, emitter.scalar(0));
  return emitter.mul(g, emitter.shift(emitter.scale(positive, 1 - slope), slope));
});
