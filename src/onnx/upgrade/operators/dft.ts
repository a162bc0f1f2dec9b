import { Tensor } from '../../../tensor/tensor.js';
import type { Conversion } from '../conversion.js';

export const dftAxis: Conversion = {
  operators: ['DFT'],
  to: 20,
  change: 'the attribute axis became an input, with another default',
  convert(site) {
    const axis = site.takeInt('axis') ?? 1;
    site.node.setInput(2, site.constant('axis', Tensor.int64([], [axis])));
  },
};
