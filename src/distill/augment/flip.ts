import type { Augmentation } from './augmentation.js';

export const flip: Augmentation = {
  name: 'flip',
  summary: 'half of the images are mirrored, left to right',
  imagesOnly: true,
  apply({ data, samples, channels, height, width, strides }, random) {
    for (let n = 0; n < samples; n++) {
      if (random() < 0.5) continue;
      for (let c = 0; c < channels; c++) {
        for (let y = 0; y < height; y++) {
          const row = n * strides.sample + c * strides.channel + y * strides.row;
          for (let x = 0; x < width >> 1; x++) {
            const [left, right] = [row + x * strides.column, row + (width - 1 - x) * strides.column];
            const kept = data[left]!;
            data[left] = data[right]!;
            data[right] = kept;
          }
        }
      }
    }
  },
};
