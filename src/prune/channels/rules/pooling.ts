import { rankOf } from '../axes.js';
import { constantOf } from '../../../passes/match.js';
import type { Rule } from './rule.js';

/** Batch and channels pass, places do not. */
export const pooling: Rule = {
  operators: [
    ...['MaxPool', 'AveragePool', 'LpPool', 'GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool'],
    ...['Resize', 'Upsample'],
  ],
  link(node, axes) {
    const [x, ...settings] = node.inputs;
    const scales = node.is('Upsample') ? node.floats('scales') : undefined;
    for (const value of node.outputs) {
      for (let axis = 0; axis < rankOf(x); axis++) {
        const [from, to] = [axes.of(x, axis), axes.of(value, axis)];
        const scaled = scales !== undefined && scales[axis] !== 1;
        if (axis < 2 && !scaled && from?.length === to?.length) axes.same(from, to);
        else {
          axes.freeze(from, `${node.label} works over places`);
          axes.freeze(to, `${node.label} works over places`);
        }
      }
    }
    for (const value of settings) axes.freezeValue(value, 'a setting');
    // Sizes would fix the channels to what they were.
    const sizes = node.is('Resize') ? constantOf(node.inputs[3]) : undefined;
    if (sizes !== undefined || node.inputs[3] !== undefined) {
      axes.freeze(axes.of(x, 1), `${node.label} is told the size of every axis`);
    }
  },
};

/** Reductions: what is reduced must stay, but for means, which are then those of what stays; the other axes pass. */
export const reductions: Rule = {
  operators: [
    ...[
      'ReduceMean',
      'ReduceSum',
      'ReduceMax',
      'ReduceMin',
      'ReduceProd',
      'ReduceL1',
      'ReduceL2',
      'ReduceLogSum',
    ],
    ...['ReduceLogSumExp', 'ReduceSumSquare', 'ArgMax', 'ArgMin'],
  ],
  link(node, axes) {
    const [x, given] = node.inputs;
    const [y] = node.outputs;
    const rank = rankOf(x);
    const reason = `${node.label} (${node.opType}) sums over all of it`;
    const listed = node.opType.startsWith('Arg')
      ? [node.int('axis', 0)]
      : (node.ints('axes') ??
        (given === undefined ? undefined : Array.from(constantOf(given)?.toNumbers() ?? [])));
    const reduced = new Set((listed ?? []).map((axis) => (axis < 0 ? axis + rank : axis)));
    const kept = node.int('keepdims', 1) !== 0;
    let at = 0;
    for (let axis = 0; axis < rank; axis++) {
      const own = axes.of(x, axis);
      if (reduced.size === 0 || reduced.has(axis)) {
        if (!node.is('ReduceMean') || reduced.size === 0) axes.freeze(own, reason);
        if (kept) at += 1;
      } else axes.same(own, axes.of(y, at++));
    }
  },
};
