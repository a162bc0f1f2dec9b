import { elementwise } from './gradient.js';

export const hardSwish = elementwise('HardSwish', (emitter, { x, g }) => {
  // x clip(x/6 + 1/2, 0, 1): slope x/3 + 1/2 between -3 and 3, then 0 or 1.
  const above = emitter.compare('GreaterOrEqual', x, emitter.scalar(3));
  const inside = emitter.mul(
    emitter.compare('Greater', x, emitter.scalar(-3)),
    emitter.compare('Less', x, emitter.scalar(3)),
  );
  const slope = emitter.shift(emitter.scale(x, 1 / 3), 0.5);
  return emitter.mul(g, emitter.add(above, emitter.mul(inside, slope)));
});
