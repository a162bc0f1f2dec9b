import { elementwise } from './gradient.js';

export const hardSigmoid = elementwise('HardSigmoid', (emitter, { y, g, node }) => {
  const above = emitter.compare('Greater', y, emitter.scalar(0));
  const below = emitter.compare('Less', y, emitter.scalar(1));
  return emitter.mul(g, emitter.scale(emitter.mul(above, below), node.float('alpha', 0.2)));
});
