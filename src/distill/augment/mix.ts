import { shuffled } from '../../tensor/random.js';
import type { Augmentation } from './augmentation.js';

/**
 * Every sample becomes a mixture with another one of the batch (mixup, Zhang et al. 2018). The teacher says what the
 * mixture is, so that few samples teach much of the function (Beyer et al. 2022).
 */
export const mix: Augmentation = {
  name: 'mix',
  summary: 'half of the samples are mixed with another one, in random shares',
  mixes: true,
  imagesOnly: false,
  apply({ data, samples, strides }, random) {
    const before = data.slice();
    const partners = shuffled(samples, random);
    for (let n = 0; n < samples; n++) {
      if (random() < 0.5) continue;
      const share = random();
      const [own, other] = [n * strides.sample, partners[n]! * strides.sample];
      for (let i = 0; i < strides.sample; i++) {
        data[own + i] = share * before[own + i]! + (1 - share) * before[other + i]!;
      }
    }
  },
};
