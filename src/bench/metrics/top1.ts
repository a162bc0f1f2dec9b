import { answersMetric } from './metric.js';
import { argmax, labelOf } from './scores.js';

export const top1 = answersMetric({
  name: 'top1',
  summary: 'share of samples whose best class is the label; of equal scores the first counts',
  tasks: ['classification'],
  isRight({ sample, scores, label }) {
    if (!scores || label === undefined) return undefined;
    return argmax(scores.toNumbers()) === labelOf(sample, scores, label);
  },
});
