import { InferOptError } from '../../errors.js';
import type { Augmentation } from './augmentation.js';
import { flip } from './flip.js';
import { mix } from './mix.js';
import { noise } from './noise.js';
import { paste } from './paste.js';
import { shift } from './shift.js';

/** In the order in which they are applied. */
export const augmentations: readonly Augmentation[] = [flip, shift, noise, paste, mix];

/** Throws `usage` for an unknown name. */
export function augmentationNamed(name: string): Augmentation {
  const found = augmentations.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new InferOptError('usage', `there is no augmentation ${name}`, {
    hint: `choose auto, none or some of ${augmentations.map((one) => one.name).join(',')}`,
  });
}
