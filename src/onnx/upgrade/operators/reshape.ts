import type { Conversion } from '../conversion.js';

export const reshapeInput: Conversion = {
  operators: ['Reshape'],
  to: 5,
  change: 'the attribute shape became an input',
  convert(site) {
    const shape = site.takeInts('shape') ?? site.refuse('it lacks its attribute shape');
    site.node.attributes.delete('consumed_inputs');
    site.node.setInput(1, site.integers('shape', shape));
  },
};
