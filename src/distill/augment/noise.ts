import { normal } from '../../tensor/random.js';
import type { Augmentation } from './augmentation.js';

/** Deviation of the noise, as a share of that of the batch. */
const share = 0.1;

export const noise: Augmentation = {
  name: 'noise',
  summary: 'normal noise of a tenth of the deviation of the batch',
  imagesOnly: false,
  apply({ data }, random) {
    let sum = 0;
    let squares = 0;
    for (const value of data) {
      sum += value;
      squares += value * value;
    }
    const mean = sum / data.length;
    const deviation = share * Math.sqrt(Math.max(0, squares / data.length - mean * mean));
    for (let i = 0; i < data.length; i++) data[i]! += deviation * normal(random);
  },
};
