import { elementCount } from '../../tensor/tensor.js';
import type { Loss } from './loss.js';

/** Mean squared difference, as a share of the mean square of the target: 1 is as wrong as giving zeros. */
export const squaredError: Loss = {
  name: 'mse',
  summary: 'squared difference of outputs, as a share of their power',
  build(emitter, value, target, { power }) {
    const difference = emitter.sub(value, target);
    const squares = emitter.total(emitter.mul(difference, difference));
    return emitter.scale(squares, 1 / (power * elementCount(emitter.dims(value))));
  },
  measure(value, target, { power }) {
    const [found, wanted] = [value.toNumbers(), target.toNumbers()];
    let sum = 0;
    for (let i = 0; i < found.length; i++) sum += (found[i]! - wanted[i]!) ** 2;
    return sum / (power * found.length);
  },
};
