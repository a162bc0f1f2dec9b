import type { Conversion } from '../conversion.js';

export const topKInput: Conversion = {
  operators: ['TopK'],
  to: 10,
  change: 'the attribute k became an input',
  convert(site) {
    const count = site.takeInt('k') ?? site.refuse('it lacks its attribute k');
    site.node.setInput(1, site.integers('k', [count]));
  },
};
