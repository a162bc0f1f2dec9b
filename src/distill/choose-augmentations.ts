import { argmax } from '../bench/metrics/scores.js';
import { Tensor } from '../tensor/tensor.js';
import type { Augmentation } from './augment/augmentation.js';
import { flip } from './augment/flip.js';
import { imageBatchOf, isImage } from './augment/image-batch.js';
import { augmentationNamed } from './augment/list.js';
import { mix } from './augment/mix.js';
import { shift } from './augment/shift.js';
import type { Lesson } from './judge.js';

/** Mirrored images may change at most this share of the teacher's decisions. */
const mostChanged = 0.2;

/** The augmentations of a list with commas, or of "none". Throws `usage` for an unknown name. */
export function namedAugmentations(said: string): Augmentation[] {
  return said === 'none' ? [] : said.split(',').map((name) => augmentationNamed(name.trim()));
}

/** The augmentations of a list, none, or those that suggest themselves. */
export async function chooseAugmentations(
  said: string,
  lessons: readonly Lesson[],
  teacher: (inputs: ReadonlyMap<string, Tensor>) => Promise<Tensor[]>,
): Promise<Augmentation[]> {
  if (said !== 'auto') return namedAugmentations(said);
  const inputs = [...lessons[0]!.inputs.values()];
  // Integers (tokens, bytes) cannot be mixed, nor can what comes with them.
  if (!inputs.every(({ dtype }) => dtype === 'float32')) return [];
  if (!inputs.every(isImage)) return [mix];
  return (await changedByFlips(lessons, teacher)) <= mostChanged ? [flip, shift, mix] : [shift, mix];
}

/** Share of the teacher's decisions that mirroring changes: many where left and right mean something. */
async function changedByFlips(
  lessons: readonly Lesson[],
  teacher: (inputs: ReadonlyMap<string, Tensor>) => Promise<Tensor[]>,
): Promise<number> {
  // Above one half at every call: every image is mirrored.
  const always = () => 1;
  let rows = 0;
  let changed = 0;
  for (const { inputs, targets } of lessons) {
    const mirrored = new Map(
      [...inputs].map(([name, tensor]) => {
        const copy = Tensor.float32(tensor.dims, tensor.toFloat32().slice());
        flip.apply(imageBatchOf(copy)!, always);
        return [name, copy];
      }),
    );
    const [before, after] = [targets[0]!, (await teacher(mirrored))[0]!];
    const classes = before.dims.at(-1)!;
    for (let at = 0; at < before.size; at += classes) {
      rows += 1;
      if (argmax(before.toNumbers(), at, classes) !== argmax(after.toNumbers(), at, classes)) changed += 1;
    }
  }
  return rows === 0 ? 1 : changed / rows;
}
