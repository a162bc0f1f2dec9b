import { Tensor } from '../../../tensor/tensor.js';
import type { Conversion } from '../conversion.js';

export const clipBounds: Conversion = {
  operators: ['Clip'],
  to: 11,
  change: 'the attributes min and max became inputs',
  convert(site) {
    const bounds = [site.takeFloat('min'), site.takeFloat('max')];
    if (bounds.every((bound) => bound === undefined)) return;
    const x = site.input(0);
    const dtype =
      site.elementType(x) ??
      site.elementType(site.node.outputs[0]!) ??
      site.refuse(`the element type of ${x.name} is unknown`, 'infer the types of the model first');
    bounds.forEach((bound, index) => {
      if (bound === undefined) return;
      const name = index === 0 ? 'min' : 'max';
      site.node.setInput(1 + index, site.constant(name, Tensor.fromNumbers(dtype, [], [bound])));
    });
  },
};
