import { attribute } from '../../../ir/attribute.js';
import type { Conversion } from '../conversion.js';

export const lpPoolPower: Conversion = {
  operators: ['GlobalLpPool', 'LpPool'],
  to: 2,
  change: 'the attribute p became an integer, and kernel_shape must be given',
  convert(site) {
    const power = site.takeFloat('p');
    if (power !== undefined) {
      if (!Number.isInteger(power)) site.refuse(`its power ${power} is no integer`);
      site.set('p', attribute.int(power));
    }
    if (site.node.opType === 'LpPool' && !site.node.attributes.has('kernel_shape')) {
      site.refuse('it has no kernel_shape');
    }
  },
};
