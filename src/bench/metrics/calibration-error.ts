import type { LabelMetric } from './metric.js';
import { argmax, labelOf, probabilities } from './scores.js';

interface Confidence {
  readonly confidence: number;
  readonly right: boolean;
}

const bins = 15;

/** Expected calibration error with bins of equal width (C. Guo et al., On Calibration of Modern Neural Networks, 2017). */
export const calibrationError: LabelMetric<Confidence> = {
  name: 'calibration_error',
  summary: `distance between confidence and accuracy, mean over ${bins} bins of confidence (ECE)`,
  tasks: ['classification'],
  better: 'lower',
  kind: 'values',
  keep({ sample, scores, label }) {
    if (!scores || label === undefined) return undefined;
    const shares = probabilities(scores.toNumbers());
    const answer = argmax(shares);
    if (answer < 0) return undefined;
    return { confidence: shares[answer]!, right: answer === labelOf(sample, scores, label) };
  },
  value(kept) {
    const sums = Array.from({ length: bins }, () => ({ confidence: 0, right: 0 }));
    for (const { confidence, right } of kept) {
      const bin = sums[Math.min(bins - 1, Math.floor(confidence * bins))]!;
      bin.confidence += confidence;
      if (right) bin.right++;
    }
    return sums.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.right), 0) / kept.length;
  },
};
