import { attribute } from '../../../ir/attribute.js';
import type { Value } from '../../../ir/value.js';
import { Tensor } from '../../../tensor/tensor.js';
import type { Conversion } from '../conversion.js';
import { toTheEnd, type Site } from '../site.js';

/**
 * Before, the second operand could lie anywhere inside the first one's shape, from `axis` on; now shapes
 * are matched from their ends, so that it needs dimensions of 1 behind its own.
 */
function alignSecondOperand(site: Site): void {
  const enabled = (site.takeInt('broadcast') ?? 0) !== 0;
  const axis = site.takeInt('axis');
  if (!enabled || axis === undefined) return;
  const [a, b] = [site.input(0), site.input(1)];
  const rankB = site.rank(b) ?? site.refuse(`the rank of ${b.name} is unknown`, hint);
  if (rankB === 0) return;
  const rankA = site.rank(a);
  if (rankA !== undefined) {
    const missing = rankA - (axis < 0 ? axis + rankA : axis) - rankB;
    if (missing > 0) site.replaceInput(1, withTrailingOnes(site, b, rankB, missing));
    return;
  }
  if (axis < 0) site.refuse(`the rank of ${a.name} is unknown`, hint);
  const tail = site.before('Slice', [site.before('Shape', [a])], {
    starts: attribute.ints([axis + rankB]),
    ends: attribute.ints([toTheEnd]),
    axes: attribute.ints([0]),
  });
  site.node.setInput(1, site.before('Reshape', [b, withOnesLike(site, site.before('Shape', [b]), tail)]));
}

const hint = 'infer the types of the model first, or declare them';

function withTrailingOnes(site: Site, value: Value, rank: number, count: number): Value {
  if (value.constant !== undefined) {
    const ones = Array.from({ length: count }, () => 1);
    return site.constant('operand', value.constant.reshaped([...value.constant.dims, ...ones]));
  }
  const axes = Array.from({ length: count }, (_, index) => rank + index);
  return site.before('Unsqueeze', [value], { axes: attribute.ints(axes) });
}

/** `shape` followed by as many ones as `tail` has elements, in operators of opset 7. */
export function withOnesLike(site: Site, shape: Value, tail: Value): Value {
  const one = site.constant('one', Tensor.int64([1], [1]));
  const ones = site.before('Add', [site.before('Sub', [tail, tail]), one]);
  return site.before('Concat', [shape, ones], { axis: attribute.int(0) });
}

export const broadcast: Conversion = {
  operators: ['Add', 'And', 'Div', 'Equal', 'Greater', 'Less', 'Mul', 'Or', 'Pow', 'Sub', 'Xor'],
  to: 7,
  change: 'the attributes broadcast and axis gave way to matching of shapes from their ends',
  convert: alignSecondOperand,
};
