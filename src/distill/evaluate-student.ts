import type { Dataset } from '../data/dataset.js';
import type { Model } from '../ir/model.js';
import type { Tensor } from '../tensor/tensor.js';
import { top1Of } from './accuracy.js';
import { keptBytes } from './defaults.js';
import { judge, lessonsOf } from './judge.js';
import type { NetworkOptions } from './network.js';
import type { DistillResult } from './result.js';
import { SampleStore } from './samples.js';
import type { OpenTeacher, Teacher } from './teacher.js';
import type { LossTerm } from './terms.js';

/** A student before and after training on the evaluation samples of a dataset; null where there are none. */
export async function evaluateStudent(
  models: { readonly before: Model; readonly after: Model },
  teacher: Teacher,
  answers: OpenTeacher,
  dataset: Dataset,
  sample: ReadonlyMap<string, Tensor>,
  { terms, ...sizes }: { terms: readonly LossTerm[] } & Omit<NetworkOptions, 'batch'>,
): Promise<DistillResult['evaluated']> {
  const samples = new SampleStore(dataset.evaluate, keptBytes);
  if (samples.size === 0) return null;
  const all = Array.from({ length: samples.size }, (_, index) => index);
  const lessons = await lessonsOf((inputs) => answers.run(inputs), samples, all);
  const before = await judge(models.before, terms, lessons, sample, sizes);
  const after = await judge(models.after, terms, lessons, sample, sizes);
  const scores = dataset.labelled ? terms.find(({ loss }) => loss.name === 'soft') : undefined;
  const right =
    scores === undefined
      ? []
      : [
          await top1Of(teacher.model, scores.teacher, samples, teacher.inputs(sample), sizes),
          await top1Of(models.before, scores.student, samples, sample, sizes),
          await top1Of(models.after, scores.student, samples, sample, sizes),
        ];
  const [top1Teacher, top1Before, top1After] = right;
  return {
    samples: samples.size,
    top1:
      top1Teacher === undefined || top1Before === undefined || top1After === undefined
        ? null
        : { teacher: top1Teacher, before: top1Before, after: top1After },
    agreement:
      before.agreement === null || after.agreement === null
        ? null
        : { before: before.agreement, after: after.agreement },
    loss: { before: before.loss, after: after.loss },
  };
}
