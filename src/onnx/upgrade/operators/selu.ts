import { attribute } from '../../../ir/attribute.js';
import type { Conversion } from '../conversion.js';

export const seluConstants: Conversion = {
  operators: ['Selu'],
  to: 6,
  change: 'the defaults of alpha and gamma got more digits',
  convert(site) {
    site.node.attributes.delete('consumed_inputs');
    if (!site.node.attributes.has('alpha')) site.set('alpha', attribute.float(1.6732));
    if (!site.node.attributes.has('gamma')) site.set('gamma', attribute.float(1.0507));
  },
};
