import { attribute } from '../../../ir/attribute.js';
import { dtypeCode } from '../../../tensor/dtype.js';
import { dtypeFromName } from '../../signatures/element-types.js';
import type { Conversion } from '../conversion.js';

export const castToCode: Conversion = {
  operators: ['Cast'],
  to: 6,
  change: 'the attribute to became a number in place of a name',
  convert(site) {
    const name = site.takeString('to') ?? site.refuse('it lacks its attribute to');
    const dtype = dtypeFromName(name) ?? site.refuse(`${name} is no element type`);
    site.set('to', attribute.int(dtypeCode(dtype)));
  },
};
