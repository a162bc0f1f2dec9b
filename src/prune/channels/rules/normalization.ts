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

/** Over the last axis: its width may shrink, as the scale and bias do; means are then those of what stays. */
export const layerNormalization: Rule = {
  operators: ['LayerNormalization', 'SimplifiedLayerNormalization', 'RMSNormalization'],
  link(node, axes) {
    const [x, ...parameters] = node.inputs;
    const [y, ...statistics] = node.outputs;
    const rank = rankOf(x);
    for (let axis = 0; axis < rank; axis++) axes.same(axes.of(x, axis), axes.of(y, axis));
    const given = node.int('axis', -1);
    const wide = (given < 0 ? given + rank : given) !== rank - 1;
    const reason = `${node.label} (${node.opType}) works over several axes together`;
    for (const value of parameters) {
      if (value === undefined) continue;
      if (wide || rankOf(value) !== 1) axes.freezeValue(value, reason);
      else axes.same(axes.of(value, 0), axes.of(x, -1));
    }
    for (const value of statistics) axes.freezeValue(value, reason);
    for (let axis = given < 0 ? given + rank : given; wide && axis < rank; axis++)
      axes.freeze(axes.of(x, axis), reason);
  },
};

/** The runtime's sum and LayerNormalization in one: inputs, scale, bias and the sum that it gives share their widths. */
export const skipLayerNormalization: Rule = {
  operators: ['com.microsoft.SkipLayerNormalization', 'com.microsoft.SkipSimplifiedLayerNormalization'],
  link(node, axes) {
    const [x, skip, ...parameters] = node.inputs;
    const [y, mean, deviation, sum] = node.outputs;
    for (const value of [skip, y, sum]) {
      if (value === undefined) continue;
      for (let axis = 1; axis <= rankOf(value); axis++) {
        const place = axes.of(value, -axis);
        // A skip may be spread over the batch.
        if (value !== skip || place?.length !== 1) axes.same(place, axes.of(x, -axis));
      }
    }
    for (const value of parameters) if (value !== undefined) axes.same(axes.of(value, 0), axes.of(x, -1));
    for (const value of [mean, deviation]) axes.freezeValue(value, `${node.label} gives its statistics`);
  },
};

/** What is averaged over must stay as it is; the other axes pass. */
export const averages: Rule = {
  operators: [
    ...['GroupNormalization', 'LpNormalization'],
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
