import { describe, expect, it } from 'vitest';
import { attribute } from '../../../../src/ir/attribute.js';
import { expectUnchanged, floats, upgradedOperators, type OneNode } from '../models.js';

const softmax = (
  opset: number,
  axis: number | undefined,
  dims: readonly number[],
  more: Partial<OneNode> = {},
): OneNode => ({
  opset,
  operator: 'Softmax',
  attributes: axis === undefined ? {} : { axis: attribute.int(axis) },
  inputs: [floats(...dims)],
  ...more,
});

describe('softmaxAxis', () => {
  it.each(['Softmax', 'LogSoftmax', 'Hardmax'])('%s keeps rows of several dimensions', async (operator) => {
    for (const axis of [undefined, 0, 1, 2])
      await expectUnchanged(softmax(11, axis, [2, 3, 4], { operator }));
    await expectUnchanged(softmax(11, -2, [2, 3, 4], { operator }));
    await expectUnchanged(softmax(7, 1, [3, 2, 2, 2], { operator }));
  });

  it('computes the shape to go back to where lengths are open', async () => {
    await expectUnchanged(softmax(11, 1, [2, 3, 4], { dims: ['n', 3, undefined] }));
    await expectUnchanged(softmax(11, 1, [2, 3, 4], { dims: 'unknown rank' }));
    expect(upgradedOperators(softmax(11, 1, [2, 3, 4], { dims: ['n', 3, 4] }), 13)).toEqual([
      'Shape',
      'Flatten',
      'Softmax',
      'Reshape',
    ]);
  });

  it('adds nothing where the rows are one dimension', async () => {
    expect(upgradedOperators(softmax(11, 2, [2, 3, 4]), 13)).toEqual(['Softmax']);
    expect(upgradedOperators(softmax(11, undefined, [2, 5], { dims: ['n', 5] }), 13)).toEqual(['Softmax']);
    expect(upgradedOperators(softmax(11, 1, [2, 5, 1, 1], { dims: ['n', 5, 1, 1] }), 13)).toEqual([
      'Softmax',
    ]);
    expect(upgradedOperators(softmax(11, -1, [2, 3, 4], { dims: 'unknown rank' }), 13)).toEqual(['Softmax']);
    await expectUnchanged(softmax(11, 1, [2, 5, 1, 1]));
    await expectUnchanged(softmax(11, 1, [2, 1, 5, 1]));
  });
});
