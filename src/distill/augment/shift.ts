import type { Augmentation } from './augmentation.js';

/** At most this share of height and width. */
const reach = 1 / 8;

/** A random crop of the size of the image, out of the image with its border pixels repeated around it. */
export const shift: Augmentation = {
  name: 'shift',
  summary: 'images are moved by up to an eighth, border pixels repeated (a random crop)',
  imagesOnly: true,
  apply({ data, samples, channels, height, width, strides }, random) {
    const [down, right] = [Math.floor(height * reach), Math.floor(width * reach)];
    const before = new Float32Array(height * width);
    const inside = (at: number, length: number) => Math.min(Math.max(at, 0), length - 1);
    for (let n = 0; n < samples; n++) {
      const dy = Math.floor(random() * (2 * down + 1)) - down;
      const dx = Math.floor(random() * (2 * right + 1)) - right;
      for (let c = 0; c < channels; c++) {
        const from = n * strides.sample + c * strides.channel;
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            before[y * width + x] = data[from + y * strides.row + x * strides.column]!;
          }
        }
        for (let y = 0; y < height; y++) {
          const row = inside(y + dy, height) * width;
          for (let x = 0; x < width; x++) {
            data[from + y * strides.row + x * strides.column] = before[row + inside(x + dx, width)]!;
          }
        }
      }
    }
  },
};
