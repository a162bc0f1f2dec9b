import { rankOf } from '../axes.js';
import type { Rule } from './rule.js';

/** One number for every channel of axis 1. */
export const perChannel: Rule = {
  operators: ['BatchNormalization', 'InstanceNormalization'],
  link(node, axes) {
    const [x, ...parameters] = node.inputs;
    const [y] = node.outputs;
    for (let axis = 0; axis < rankOf(x); axis++) axes.same(axes.of(x, axis), axes.of(y, axis));
    for (const value of [...parameters, ...node.outputs.slice(1)]) {
      if (value !== undefined) axes.same(axes.of(value, 0), axes.of(x, 1));
    }
  },
};

/** What is averaged over must stay as it is; the other axes pass. */
export const averages: Rule = {
  operators: [
    ...[
      'LayerNormalization',
      'RMSNormalization',
      'SimplifiedLayerNormalization',
      'GroupNormalization',
      'LpNormalization',
    ],
    ...['Softmax', 'LogSoftmax', 'Hardmax', 'LRN', 'MeanVarianceNormalization', 'CumSum'],
  ],
  link(node, axes) {
    const [x, ...parameters] = node.inputs;
    const [y] = node.outputs;
    const rank = rankOf(x);
    const reason = `${node.label} (${node.opType}) works over all of it together`;
    for (const value of [...parameters, ...node.outputs.slice(1)]) axes.freezeValue(value, reason);
    // Where the axis is not told, the last is the rule from opset 13 on; before, everything behind the axis went together.
    const axis = node.attributes.has('axis') ? node.int('axis') : node.opType.endsWith('max') ? 1 : -1;
    const first = node.is('LRN', 'GroupNormalization', 'MeanVarianceNormalization', 'CumSum')
      ? 0
      : axis < 0
        ? axis + rank
        : axis;
    for (let at = 0; at < rank; at++) {
      axes.same(axes.of(x, at), axes.of(y, at));
      if (at >= first) axes.freeze(axes.of(x, at), reason);
    }
  },
};
