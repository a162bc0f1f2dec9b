import { isFloat } from '../../tensor/dtype.js';
import type { OutputMetric } from './metric.js';
import { probabilities, squeezed } from './scores.js';

/** A probability of zero would make the divergence infinite; float32 knows none smaller that sums to one. */
const least = 1e-12;

export const divergence: OutputMetric = {
  name: 'kl',
  summary: "Kullback-Leibler divergence of the candidate's class probabilities from the baseline's, in nats",
  kind: 'distance',
  applies(output) {
    const dims = squeezed(output);
    return isFloat(output.dtype) && (dims.length === 1 || dims.length === 2);
  },
  create() {
    let sum = 0;
    let count = 0;
    return {
      add(reference, candidate) {
        const classes = squeezed(reference).at(-1)!;
        const [a, b] = [reference.toNumbers(), candidate.toNumbers()];
        for (let at = 0; at + classes <= a.length; at += classes) {
          const p = probabilities(a, at, classes);
          const q = probabilities(b, at, classes);
          for (let i = 0; i < classes; i++) {
            if (p[i]! > 0) sum += p[i]! * Math.log(p[i]! / Math.max(q[i]!, least));
          }
          count++;
        }
      },
      result: () => (count === 0 ? null : Math.max(0, sum / count)),
    };
  },
};
