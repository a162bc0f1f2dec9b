import { attribute } from '../../ir/attribute.js';
import { elementwise } from './gradient.js';

/** So steep that every output above zero (but for the very smallest numbers there are) becomes 1. */
const steep = 3e38;

/**
 * The gradient passes where the output is above zero. HardSigmoid(y) = max(0, min(1, steep * y)) says where in one pass,
 * in less than half the time of Sign.
 */
export const relu = elementwise('Relu', (emitter, { y, g }) => {
  const settings = { alpha: attribute.float(steep), beta: attribute.float(0) };
  return emitter.mul(g, emitter.emit('HardSigmoid', [y], emitter.dims(y), settings));
});
