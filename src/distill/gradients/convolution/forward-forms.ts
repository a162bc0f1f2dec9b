import { convSettings } from './geometry.js';
import type { ForwardForm } from './forms.js';

/** Conv as it stands. */
export const plainConvolution: ForwardForm = {
  name: 'convolution',
  fits: () => true,
  build({ emitter, geometry, groups, result }, image, weight, bias) {
    const inputs = bias === undefined ? [image, weight] : [image, weight, bias];
    return emitter.emit('Conv', inputs, result, convSettings(geometry, groups));
  },
};
