import type { LabelMetric } from './metric.js';
import { rankOf } from './scores.js';

export const top5: LabelMetric = {
  name: 'top5',
  summary: 'share of samples whose label is among the five best classes',
  tasks: ['classification'],
  leastClasses: 6,
  isRight: (scores, label) => rankOf(scores, label) < 5,
};
