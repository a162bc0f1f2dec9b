import { attribute } from '../../../ir/attribute.js';
import type { Conversion } from '../conversion.js';

export const groupNormalizationScale: Conversion = {
  operators: ['GroupNormalization'],
  to: 21,
  change: 'scale and bias have one element a channel in place of one a group',
  convert(site) {
    const groups = site.node.int('num_groups');
    const channels = site.before('Shape', [site.input(0)], {
      start: attribute.int(1),
      end: attribute.int(2),
    });
    const perGroup = site.before('Div', [channels, site.integers('groups', [groups])]);
    const repeats = site.before('Concat', [site.integers('once', [1]), perGroup], { axis: attribute.int(0) });
    for (const index of [1, 2]) {
      const column = site.before('Unsqueeze', [site.input(index), site.integers('axes', [1])]);
      const table = site.before('Tile', [column, repeats]);
      site.node.setInput(index, site.before('Reshape', [table, site.integers('flat', [-1])]));
    }
  },
};
