import { InferOptError } from '../../errors.js';
import { isFloat } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { LabelMetric } from './metric.js';

/** Pixels of each class in a sample: in both, in the label, in the answer. */
type Overlaps = ReadonlyMap<number, readonly [both: number, labelled: number, answered: number]>;

export const meanIou: LabelMetric<Overlaps> = {
  name: 'iou',
  summary: 'intersection over union of pixels, summed over samples, mean over the classes that occur',
  tasks: ['segmentation'],
  better: 'higher',
  kind: 'values',
  keep({ sample, outputs, target }) {
    const output = [...outputs.values()][0];
    if (!output || !target) return undefined;
    const labels = target.toNumbers();
    const answers = classesOf(output, labels.length);
    if (!answers) {
      throw new InferOptError(
        'data',
        `sample ${sample} has a mask of ${labels.length} pixels, and the output is [${output.dims.join(', ')}]`,
        { hint: 'the output holds a class a pixel, or scores [classes, height, width] of the same size' },
      );
    }
    const overlaps = new Map<number, [number, number, number]>();
    const count = (name: number, place: 0 | 1 | 2): void => {
      let counts = overlaps.get(name);
      if (!counts) overlaps.set(name, (counts = [0, 0, 0]));
      counts[place]++;
    };
    for (let i = 0; i < labels.length; i++) {
      // By custom 255 and negative numbers mark pixels that do not count.
      if (labels[i]! < 0 || labels[i] === 255) continue;
      count(labels[i]!, 1);
      count(answers[i]!, 2);
      if (labels[i] === answers[i]) count(labels[i]!, 0);
    }
    return overlaps;
  },
  value(kept) {
    const sums = new Map<number, [number, number]>();
    for (const overlaps of kept) {
      for (const [name, [both, labelled, answered]] of overlaps) {
        const sum = sums.get(name) ?? [0, 0];
        sums.set(name, [sum[0] + both, sum[1] + labelled + answered - both]);
      }
    }
    const shares = [...sums.values()].map(([both, union]) => both / union);
    return shares.reduce((sum, share) => sum + share, 0) / shares.length;
  },
};

/** The class of each pixel: the output itself, its sign for one score a pixel, or the best of [classes, pixels...]. */
function classesOf(output: Tensor, pixels: number): ArrayLike<number> | undefined {
  const values = output.toNumbers();
  if (output.size === pixels) {
    return isFloat(output.dtype) ? Array.from(values, (value) => (value > 0 ? 1 : 0)) : values;
  }
  const classes = output.size / pixels;
  if (!Number.isInteger(classes) || classes < 2) return undefined;
  return Array.from({ length: pixels }, (_, pixel) => {
    let best = 0;
    for (let name = 1; name < classes; name++) {
      if (values[name * pixels + pixel]! > values[best * pixels + pixel]!) best = name;
    }
    return best;
  });
}
