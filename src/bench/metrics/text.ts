import { InferOptError } from '../../errors.js';
import { isFloat } from '../../tensor/dtype.js';
import type { Answer, LabelMetric } from './metric.js';
import { argmax, probabilities, squeezed } from './scores.js';

interface Tokens {
  readonly count: number;
  readonly right: number;
  /** Sum of -ln(probability of the label). */
  readonly surprise: number;
}

/** Scores [tokens, vocabulary] against token numbers; negative labels do not count. */
function tokensOf({ sample, outputs, target, label }: Answer): Tokens | undefined {
  const labels = target?.toNumbers() ?? (label === undefined ? undefined : [label]);
  if (!labels) return undefined;
  const output = [...outputs.values()].find(
    (tensor) => isFloat(tensor.dtype) && squeezed(tensor).length >= 1 && tensor.size % labels.length === 0,
  );
  if (!output) return undefined;
  const vocabulary = output.size / labels.length;
  const scores = output.toNumbers();
  let [count, right, surprise] = [0, 0, 0];
  for (let token = 0; token < labels.length; token++) {
    const wanted = labels[token]!;
    if (wanted < 0) continue;
    if (wanted >= vocabulary) {
      throw new InferOptError(
        'data',
        `sample ${sample} has token ${wanted}, and the output scores ${vocabulary} tokens at ${labels.length} places`,
      );
    }
    count++;
    if (argmax(scores, token * vocabulary, vocabulary) === wanted) right++;
    surprise -= Math.log(probabilities(scores, token * vocabulary, vocabulary)[wanted]!);
  }
  return count === 0 ? undefined : { count, right, surprise };
}

function total(kept: readonly Tokens[], key: keyof Tokens): number {
  return kept.reduce((sum, tokens) => sum + tokens[key], 0);
}

export const tokenAccuracy: LabelMetric<Tokens> = {
  name: 'token_accuracy',
  summary: 'share of tokens whose best-scored one is the label',
  tasks: ['text'],
  better: 'higher',
  kind: 'values',
  keep: tokensOf,
  value: (kept) => total(kept, 'right') / total(kept, 'count'),
};

export const perplexity: LabelMetric<Tokens> = {
  name: 'perplexity',
  summary: 'e to the mean of -ln(probability of the label) over all tokens',
  tasks: ['text'],
  better: 'lower',
  kind: 'values',
  keep: tokensOf,
  value: (kept) => Math.exp(total(kept, 'surprise') / total(kept, 'count')),
};
