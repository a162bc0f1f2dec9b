import { Tensor } from '../../../tensor/tensor.js';
import type { Conversion } from '../conversion.js';

const maskIsOpen = 'its mask is read, which has no defined content outside of training before opset 12';

export const dropoutTest: Conversion = {
  operators: ['Dropout'],
  to: 7,
  change: 'the attribute is_test went away: without training it copies',
  convert(site) {
    if ((site.takeInt('is_test') ?? 0) === 0) {
      site.refuse('is_test is 0: it drops values at random', 'set is_test to 1 for inference');
    }
    site.dropOutputs(1, maskIsOpen);
  },
};

export const dropoutMask: Conversion = {
  operators: ['Dropout'],
  to: 10,
  change: 'the mask became boolean',
  convert(site) {
    site.dropOutputs(1, maskIsOpen);
  },
};

export const dropoutRatio: Conversion = {
  operators: ['Dropout'],
  to: 12,
  change: 'the attribute ratio became an input, and training an input that is off without it',
  convert(site) {
    const ratio = site.takeFloat('ratio');
    site.dropOutputs(1, maskIsOpen);
    if (ratio !== undefined) site.node.setInput(1, site.constant('ratio', Tensor.float32([], [ratio])));
  },
};
