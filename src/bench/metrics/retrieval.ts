import { cosineOf } from './cosine.js';
import type { LabelMetric } from './metric.js';
import { floatOutput } from './scores.js';

interface Embedding {
  readonly vector: Float32Array;
  readonly label: number;
}

/** Whether the nearest other samples by cosine hold one of the same label: every sample is asked once. */
function hitsWithin(k: number, embeddings: readonly Embedding[]): boolean[] {
  return embeddings.map((query, i) => {
    const near: { similarity: number; label: number }[] = [];
    embeddings.forEach((other, j) => {
      if (i === j) return;
      const similarity = cosineOf(query.vector, other.vector);
      if (near.length === k && similarity <= near[k - 1]!.similarity) return;
      const place = near.findIndex((one) => similarity > one.similarity);
      near.splice(place < 0 ? near.length : place, 0, { similarity, label: other.label });
      near.length = Math.min(near.length, k);
    });
    return near.some(({ label }) => label === query.label);
  });
}

function retrievalAt(k: number): LabelMetric {
  return {
    name: `retrieval_at_${k}`,
    summary: `share of samples with one of the same label among their ${k} nearest others by cosine`,
    tasks: ['embedding'],
    better: 'higher',
    kind: 'answers',
    keep({ outputs, label }) {
      const output = floatOutput(outputs);
      if (!output || label === undefined) return undefined;
      return { vector: Float32Array.from(output.toNumbers()), label } satisfies Embedding;
    },
    settle: (kept) => hitsWithin(k, kept as readonly Embedding[]),
    value: (kept) => kept.filter(Boolean).length / kept.length,
  };
}

export const retrievalAt1 = retrievalAt(1);
export const retrievalAt5 = retrievalAt(5);
