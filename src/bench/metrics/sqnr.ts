import { isFloat } from '../../tensor/dtype.js';
import type { OutputMetric } from './metric.js';

/**
 * Outputs that differ less than this says are equal for float32, whose own rounding is at 144 dB; a number instead of
 * infinity, so that it survives JSON.
 */
export const sqnrCeiling = 200;

export const sqnr: OutputMetric = {
  name: 'sqnr_db',
  summary: `10 log10(sum of squares of the baseline / sum of squared errors) over all samples, at most ${sqnrCeiling} dB`,
  kind: 'distance',
  applies: (output) => isFloat(output.dtype),
  create() {
    let signal = 0;
    let noise = 0;
    let count = 0;
    return {
      add(reference, candidate) {
        const a = reference.toNumbers();
        const b = candidate.toNumbers();
        for (let i = 0; i < a.length; i++) {
          const error = a[i]! - b[i]!;
          signal += a[i]! * a[i]!;
          noise += error * error;
        }
        count += a.length;
      },
      result() {
        if (count === 0) return null;
        if (noise === 0) return sqnrCeiling;
        return Math.max(-sqnrCeiling, Math.min(sqnrCeiling, 10 * Math.log10(signal / noise)));
      },
    };
  },
};
