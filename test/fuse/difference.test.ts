import { describe, expect, it } from 'vitest';
import { differenceOf, type Comparison } from '../../src/fuse/difference.js';
import { Tensor } from '../../src/tensor/tensor.js';

const exact: Comparison = { effect: 'exact', holdsHalf: false };
const rounded: Comparison = { effect: 'reorders-floats', holdsHalf: false };
const floats = (...values: number[]): Tensor => Tensor.float32([values.length], values);

describe('differenceOf', () => {
  it.each<[string, Tensor, Tensor | undefined, Comparison, string | undefined]>([
    ['the same bits', floats(1, NaN), floats(1, NaN), exact, undefined],
    ['zeros of either sign', floats(0, 1), floats(-0, 1), exact, undefined],
    ['one bit', floats(1, 2), floats(1, 2.0000002), exact, 'at element 1'],
    ['rounding', floats(1000, 0), floats(1000, 0.05), rounded, undefined],
    ['more than rounding', floats(1000, 0), floats(1000, 0.2), rounded, 'at element 1'],
    ['a number that is none', floats(1, 2), floats(1, NaN), rounded, 'at element 1'],
    ['infinities of two signs', floats(Infinity), floats(-Infinity), rounded, 'at element 0'],
    ['nothing', floats(1), undefined, exact, 'is missing'],
    ['other dims', floats(1, 2), Tensor.float32([1, 2], [1, 2]), exact, 'is [1,2] in place of [2]'],
    ['another type', floats(1), Tensor.int64([1], [1]), exact, 'is int64 in place of float32'],
    ['another class', Tensor.int64([2], [1, 2]), Tensor.int64([2], [1, 3]), rounded, 'at element 1'],
  ])('%s', (_, expected, found, comparison, told) => {
    const difference = differenceOf(expected, found, comparison);
    if (told === undefined) expect(difference).toBeUndefined();
    else expect(difference).toContain(told);
  });

  it('allows one whole number of a hundred to be another where numbers were rounded', () => {
    const list = Array.from({ length: 200 }, (_, at) => at);
    const changed = (count: number): Tensor =>
      Tensor.int64(
        [200],
        list.map((value, at) => (at < count ? value + 1 : value)),
      );
    expect(differenceOf(Tensor.int64([200], list), changed(2), rounded)).toBeUndefined();
    expect(differenceOf(Tensor.int64([200], list), changed(3), rounded)).toContain('at element 2');
    expect(differenceOf(Tensor.int64([200], list), changed(1), exact)).toContain('at element 0');
  });
});
