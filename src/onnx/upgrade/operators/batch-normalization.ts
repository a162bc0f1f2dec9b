import { attribute } from '../../../ir/attribute.js';
import type { Conversion } from '../conversion.js';

/** By the standard's text the number of outputs tells the mode: one alone is inference. */
const training = 'it computes statistics for training';

export const dropTestFlag: Conversion = {
  operators: ['BatchNormalization'],
  to: 7,
  change: 'the attribute is_test went away',
  convert(site) {
    site.takeInt('is_test');
    site.dropOutputs(1, training);
  },
};

export const dropSpatial: Conversion = {
  operators: ['BatchNormalization'],
  to: 9,
  change: 'the attribute spatial went away: statistics are per channel',
  convert(site) {
    if ((site.takeInt('spatial') ?? 1) !== 0) return;
    site.dropOutputs(1, training);
    // One statistic for every element of a sample: with samples as rows, every element is a channel.
    const x = site.input(0);
    site.node.setInput(0, site.before('Flatten', [x], { axis: attribute.int(1) }));
    for (const index of [1, 2, 3, 4]) {
      const statistic = site.input(index);
      site.node.setInput(index, site.before('Reshape', [statistic, site.integers('flat', [-1])]));
    }
    const { computed, released } = site.detachOutput();
    site.after('Reshape', [computed, site.before('Shape', [x])], {}, released);
  },
};

export const dropCounts: Conversion = {
  operators: ['BatchNormalization'],
  to: 14,
  change: 'training became an attribute, with two statistics as outputs in place of four',
  convert(site) {
    site.dropOutputs(1, training);
  },
};
