import { InferOptError } from '../errors.js';
import { Tensor } from '../tensor/tensor.js';
import { hardLabels } from './losses/hard-labels.js';
import type { SampleStore } from './samples.js';
import type { LossTerm } from './terms.js';

/** What holds the first scores to the labels of the samples. Throws `usage` where no output scores classes. */
export function labelTerm(terms: readonly LossTerm[], weight: number): LossTerm {
  const scores = terms.find(({ loss }) => loss.name === 'soft');
  if (scores === undefined) {
    throw new InferOptError('usage', 'no output scores classes, which labels could name', {
      hint: 'leave out --label-weight',
    });
  }
  return { ...scores, loss: hardLabels, weight, labelled: true };
}

/** What each term is held to: what the teacher gave for those that ask it, labels for the others. */
export async function withLabels(
  terms: readonly LossTerm[],
  answers: readonly Tensor[],
  samples: SampleStore,
  indices: readonly number[],
): Promise<Tensor[]> {
  const asked = terms.filter(({ labelled }) => labelled !== true);
  const targets: Tensor[] = [];
  for (const term of terms) {
    const answer = answers[asked.findIndex(({ teacher }) => teacher === term.teacher)]!;
    targets.push(term.labelled === true ? await oneHot(answer.dims, samples, indices) : answer);
  }
  return targets;
}

/** A one at the label of each sample. Throws `data` where a label is missing or names no class. */
async function oneHot(
  dims: readonly number[],
  samples: SampleStore,
  indices: readonly number[],
): Promise<Tensor> {
  const classes = dims.at(-1)!;
  const values = new Float32Array(indices.length * classes);
  for (const [row, index] of indices.entries()) {
    const label = await samples.label(index);
    if (label === undefined || label >= classes) {
      const what = label === undefined ? 'has no label' : `is labelled ${label}, of ${classes} classes`;
      throw new InferOptError('data', `sample ${index} ${what}`, {
        hint: 'say labels: in the dataset file, or leave out --label-weight',
      });
    }
    values[row * classes + label] = 1;
  }
  return Tensor.float32(dims, values);
}
