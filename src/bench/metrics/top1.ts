import type { LabelMetric } from './metric.js';
import { argmax } from './scores.js';

export const top1: LabelMetric = {
  name: 'top1',
  summary: 'share of samples whose best class is the label; of equal scores the first counts',
  tasks: ['classification'],
  leastClasses: 2,
  isRight: (scores, label) => argmax(scores) === label,
};
