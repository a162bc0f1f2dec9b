import { elementCount } from '../../tensor/tensor.js';
import type { Loss } from './loss.js';

/** Cross entropy between what a label says, a one among zeros, and the student's distribution over the last axis. */
export const hardLabels: Loss = {
  name: 'labels',
  summary: 'the classes that the data is labelled with',
  build(emitter, value, target) {
    const dims = emitter.dims(value);
    const likelihoods = emitter.emit('LogSoftmax', [value], dims, { axis: -1 });
    const total = emitter.total(emitter.mul(target, likelihoods));
    return emitter.scale(total, -1 / elementCount(dims.slice(0, -1)));
  },
  measure(value, target) {
    const classes = value.dims.at(-1)!;
    const rows = value.size / classes;
    const [found, wanted] = [value.toNumbers(), target.toNumbers()];
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      const own = Array.from({ length: classes }, (_, c) => found[row * classes + c]!);
      const largest = Math.max(...own);
      const total = Math.log(own.reduce((all, score) => all + Math.exp(score - largest), 0)) + largest;
      own.forEach((score, c) => (sum -= wanted[row * classes + c]! * (score - total)));
    }
    return sum / rows;
  },
};
