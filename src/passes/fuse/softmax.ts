import { attribute } from '../../ir/attribute.js';
import type { Node } from '../../ir/node.js';
import { isClosed } from '../arithmetic.js';
import { fusion, miss } from '../fusion.js';
import { dtypeOf, producerOf } from '../match.js';
import { reducedAxes } from './normalization-parts.js';

/**
 * exp(x - max(x)) / sum(exp(x - max(x))) along one axis. Without the largest number taken off it may overflow where
 * the operator does not, and is left as it is.
 */
export const softmax = fusion({
  name: 'softmax',
  summary: 'Makes Softmax out of exponentials over their sum, with the largest number taken off before',
  effect: 'reorders-floats',
  needs: ['shapes'],
  root: 'Div',
  // Before, it flattened everything behind its axis.
  opset: { min: 13 },
  match(node, { facts }) {
    const output = node.outputs[0]!;
    const [power, total] = node.inputs;
    const exponential = producerOf(power, 'Exp');
    const sum = producerOf(total, 'ReduceSum');
    if (exponential === undefined || sum?.inputs[0] !== power || sum === undefined) return undefined;
    const rank = facts.dimsOf(power)?.length;
    const axis = axisOf(sum, rank);
    if (axis === undefined) return undefined;
    const difference = producerOf(exponential.inputs[0], 'Sub');
    const [input, most] = difference?.inputs ?? [];
    const largest = producerOf(most, 'ReduceMax');
    if (difference === undefined || input === undefined || largest === undefined)
      return miss('the largest number is not taken off before: it may overflow');
    if (largest.inputs[0] !== input || axisOf(largest, rank) !== axis) return undefined;
    if (dtypeOf(input) !== 'float32') return undefined;
    const inside = [node, exponential, sum, difference, largest];
    if (!isClosed(inside, output)) return miss('a part of it is read elsewhere as well');
    return { input, axis, output, name: node.name };
  },
  rewrite({ input, axis, output, name }, edit) {
    const attributes = [['axis', attribute.int(axis)]] as const;
    const replacement = edit.node('Softmax', [input], { name, attributes }).outputs[0]!;
    replacement.type = output.type;
    edit.replace(output, replacement);
  },
});

function axisOf(reduce: Node, rank: number | undefined): number | undefined {
  const axes = reducedAxes(reduce);
  if (axes?.length !== 1 || rank === undefined) return undefined;
  return axes[0]! < 0 ? axes[0]! + rank : axes[0];
}
