import { isFloat } from '../../tensor/dtype.js';
import type { OutputMetric } from './metric.js';

export const maxAbs: OutputMetric = {
  name: 'max_abs',
  summary: 'largest absolute difference of an element over all samples',
  kind: 'distance',
  applies: (output) => isFloat(output.dtype),
  create() {
    let largest = 0;
    let count = 0;
    return {
      add(reference, candidate) {
        const a = reference.toNumbers();
        const b = candidate.toNumbers();
        for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
        count += a.length;
      },
      result: () => (count === 0 ? null : largest),
    };
  },
};
