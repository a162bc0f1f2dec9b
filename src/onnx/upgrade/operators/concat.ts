import { attribute } from '../../../ir/attribute.js';
import type { Conversion } from '../conversion.js';

export const concatAxis: Conversion = {
  operators: ['Concat'],
  to: 4,
  change: 'the attribute axis, 1 where it was left out, must be given',
  convert(site) {
    if (!site.node.attributes.has('axis')) site.set('axis', attribute.int(1));
  },
};
