import { isFloat } from '../../tensor/dtype.js';
import type { OutputMetric } from './metric.js';

export const cosine: OutputMetric = {
  name: 'cosine',
  summary: "cosine between an output and the baseline's, mean over samples (1 where both are all zeros)",
  kind: 'distance',
  applies: (output) => isFloat(output.dtype) && output.size > 1,
  create() {
    let sum = 0;
    let count = 0;
    return {
      add(reference, candidate) {
        sum += cosineOf(reference.toNumbers(), candidate.toNumbers());
        count++;
      },
      result: () => (count === 0 ? null : sum / count),
    };
  },
};

/** The cosine of two vectors: 1 when both are zero, 0 when one of them is. */
export function cosineOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let aa = 0;
  let bb = 0;
  let ab = 0;
  for (let i = 0; i < a.length; i++) {
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
    ab += a[i]! * b[i]!;
  }
  if (aa === 0 || bb === 0) return aa === bb ? 1 : 0;
  return Math.min(1, Math.max(-1, ab / Math.sqrt(aa) / Math.sqrt(bb)));
}
