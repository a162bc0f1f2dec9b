import { argmax, labelOf } from './scores.js';
import type { LabelMetric } from './metric.js';

/** What a sample was labelled and what was answered. */
export interface Pair {
  readonly label: number;
  readonly answer: number;
}

export const f1: LabelMetric<Pair> = {
  name: 'f1',
  summary: 'F1, mean over the classes that occur as a label or as an answer (macro)',
  tasks: ['classification'],
  better: 'higher',
  kind: 'values',
  keep({ sample, scores, label }) {
    if (!scores || label === undefined) return undefined;
    return { label: labelOf(sample, scores, label), answer: argmax(scores.toNumbers()) };
  },
  value(kept) {
    const counts = new Map<number, { hits: number; labelled: number; answered: number }>();
    const of = (name: number): { hits: number; labelled: number; answered: number } => {
      let count = counts.get(name);
      if (!count) counts.set(name, (count = { hits: 0, labelled: 0, answered: 0 }));
      return count;
    };
    for (const { label, answer } of kept) {
      of(label).labelled++;
      of(answer).answered++;
      if (label === answer) of(label).hits++;
    }
    const scores = [...counts.values()].map(
      ({ hits, labelled, answered }) => (2 * hits) / (labelled + answered),
    );
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  },
};

/** How often each label got each answer, [label, answer, samples], by label and then answer; pairs that never occur are left out. */
export function confusionOf(pairs: readonly Pair[]): [label: number, answer: number, samples: number][] {
  const counts = new Map<string, [number, number, number]>();
  for (const { label, answer } of pairs) {
    const key = `${label} ${answer}`;
    const count = counts.get(key) ?? [label, answer, 0];
    count[2]++;
    counts.set(key, count);
  }
  return [...counts.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}
