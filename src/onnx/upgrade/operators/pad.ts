import { Tensor } from '../../../tensor/tensor.js';
import { attribute } from '../../../ir/attribute.js';
import type { Conversion } from '../conversion.js';

export const padName: Conversion = {
  operators: ['Pad'],
  to: 2,
  change: 'the attribute paddings is called pads',
  convert(site) {
    const pads = site.takeInts('paddings') ?? site.refuse('it lacks its attribute paddings');
    site.set('pads', attribute.ints(pads));
  },
};

export const padInputs: Conversion = {
  operators: ['Pad'],
  to: 11,
  change: 'the attributes pads and value became inputs',
  convert(site) {
    const pads = site.takeInts('pads') ?? site.refuse('it lacks its attribute pads');
    const value = site.takeFloat('value');
    site.node.setInput(1, site.integers('pads', pads));
    // Zero is what an absent input means, and the value counts in the constant mode alone.
    if (value === undefined || value === 0 || site.node.string('mode', 'constant') !== 'constant') return;
    const data = site.input(0);
    const dtype =
      site.elementType(data) ??
      site.refuse(`the element type of ${data.name} is unknown`, 'infer the types of the model first');
    site.node.setInput(2, site.constant('value', Tensor.fromNumbers(dtype, [], [value])));
  },
};
