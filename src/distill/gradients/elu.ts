import { elementwise } from './gradient.js';

export const elu = elementwise('Elu', (emitter, { x, y, g, node }) => {
  // Below 0 the output is alpha (e^x - 1), whose slope is itself plus alpha.
  const alpha = node.float('alpha', 1);
  const positive = emitter.compare('Greater', x, emitter.scalar(0));
  const below = emitter.mul(emitter.sub(emitter.scalar(1), positive), emitter.shift(y, alpha));
  return emitter.mul(g, emitter.add(positive, below));
});
