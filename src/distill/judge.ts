import { argmax } from '../bench/metrics/scores.js';
import type { Model } from '../ir/model.js';
import type { Tensor } from '../tensor/tensor.js';
import { Network, type NetworkOptions } from './network.js';
import type { SampleStore } from './samples.js';
import type { LossTerm } from './terms.js';

/** How like its teacher a student is, on samples that it has not learned from. */
export interface Judgement {
  /** The loss, all terms together. */
  readonly loss: number;
  /** Share of equal decisions (the largest score of each row); null where outputs score nothing. */
  readonly agreement: number | null;
}

/** What the teacher says about some samples, one tensor a term. */
export interface Lesson {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly targets: readonly Tensor[];
}

/** Samples that are judged together. */
const batch = 32;

/** Asks the teacher about samples, in batches. */
export async function lessonsOf(
  teacher: (inputs: ReadonlyMap<string, Tensor>) => Promise<Tensor[]>,
  samples: SampleStore,
  indices: readonly number[],
): Promise<Lesson[]> {
  const lessons: Lesson[] = [];
  for (let start = 0; start < indices.length; start += batch) {
    const inputs = await samples.batch(indices.slice(start, start + batch));
    lessons.push({ inputs, targets: await teacher(inputs) });
  }
  return lessons;
}

/** Runs a student on lessons and compares. */
export async function judge(
  student: Model,
  terms: readonly LossTerm[],
  lessons: readonly Lesson[],
  sample: ReadonlyMap<string, Tensor>,
  sizes: Omit<NetworkOptions, 'batch'>,
): Promise<Judgement> {
  const names = terms.map((term) => term.student);
  const network = await Network.open(student, names, sample, { ...sizes, batch });
  let loss = 0;
  let rows = 0;
  let decisions = 0;
  let equal = 0;
  try {
    for (const { inputs, targets } of lessons) {
      const values = await network.run(inputs);
      const count = [...inputs.values()][0]!.dims[0]!;
      rows += count;
      terms.forEach(({ loss: kind, settings, weight }, i) => {
        const [value, target] = [values[i]!, targets[i]!.reshaped(values[i]!.dims)];
        loss += weight * kind.measure(value, target, settings) * count;
        if (kind.name !== 'soft') return;
        const same = equalDecisions(value, target);
        decisions += same.rows;
        equal += same.equal;
      });
    }
  } finally {
    await network.close();
  }
  return { loss: rows === 0 ? NaN : loss / rows, agreement: decisions === 0 ? null : equal / decisions };
}

function equalDecisions(value: Tensor, target: Tensor): { rows: number; equal: number } {
  const classes = value.dims.at(-1)!;
  const rows = value.size / classes;
  const [a, b] = [value.toNumbers(), target.toNumbers()];
  let equal = 0;
  for (let row = 0; row < rows; row++) {
    if (argmax(a, row * classes, classes) === argmax(b, row * classes, classes)) equal += 1;
  }
  return { rows, equal };
}
