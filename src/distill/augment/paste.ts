import { shuffled } from '../../tensor/random.js';
import type { Augmentation } from './augmentation.js';

/** A rectangle of every other image is that of another one, in random sizes (CutMix, Yun et al. 2019). */
export const paste: Augmentation = {
  name: 'paste',
  summary: 'half of the images get a rectangle of another one',
  mixes: true,
  imagesOnly: true,
  apply({ data, samples, channels, height, width, strides }, random) {
    const before = data.slice();
    const partners = shuffled(samples, random);
    for (let n = 0; n < samples; n++) {
      if (random() < 0.5) continue;
      const side = Math.sqrt(random());
      const [rows, columns] = [Math.round(side * height), Math.round(side * width)];
      const top = Math.floor(random() * (height - rows + 1));
      const left = Math.floor(random() * (width - columns + 1));
      const shift = (partners[n]! - n) * strides.sample;
      for (let c = 0; c < channels; c++) {
        for (let y = top; y < top + rows; y++) {
          const row = n * strides.sample + c * strides.channel + y * strides.row;
          for (let x = left; x < left + columns; x++) {
            const at = row + x * strides.column;
            data[at] = before[at + shift]!;
          }
        }
      }
    }
  },
};
