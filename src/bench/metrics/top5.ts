import { answersMetric } from './metric.js';
import { labelOf, rankOf } from './scores.js';

/** Of five classes or fewer every label is among the best five. */
const leastClasses = 6;

export const top5 = answersMetric({
  name: 'top5',
  summary: 'share of samples whose label is among the five best classes',
  tasks: ['classification'],
  isRight({ sample, scores, label }) {
    if (!scores || label === undefined || scores.size < leastClasses) return undefined;
    return rankOf(scores.toNumbers(), labelOf(sample, scores, label)) < 5;
  },
});
