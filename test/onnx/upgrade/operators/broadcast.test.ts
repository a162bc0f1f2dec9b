import { describe, expect, it } from 'vitest';
import { attribute } from '../../../../src/ir/attribute.js';
import { upgradeOpset } from '../../../../src/onnx/upgrade/upgrade.js';
import { Tensor } from '../../../../src/tensor/tensor.js';
import { expectNumbers, oneNode, upgradedOperators, type OneNode } from '../models.js';

const a = Tensor.float32([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const b = Tensor.float32([2], [10, 20]);
const add = (second: OneNode['inputs'][number], axis?: number, more: Partial<OneNode> = {}): OneNode => ({
  opset: 6,
  operator: 'Add',
  attributes: { broadcast: attribute.int(1), ...(axis === undefined ? {} : { axis: attribute.int(axis) }) },
  inputs: [a, second],
  ...more,
});
// By hand: b lies along the middle dimension, or along the first.
const alongMiddle = [11, 12, 13, 24, 25, 26, 17, 18, 19, 30, 31, 32];
const alongFirst = [11, 12, 13, 14, 15, 16, 27, 28, 29, 30, 31, 32];

describe('broadcast', () => {
  it('aligns the second operand with the dimension that axis names', async () => {
    await expectNumbers(add(b, 1), alongMiddle);
    await expectNumbers(add(b, -2), alongMiddle);
    await expectNumbers(add(b, 0), alongFirst);
    await expectNumbers(add({ constant: b }, 0), alongFirst);
  });

  it('computes the shape where the rank of the first operand is unknown', async () => {
    await expectNumbers(add({ constant: b }, 1, { dims: 'unknown rank' }), alongMiddle);
    await expectNumbers(add({ constant: b }, 0, { dims: 'unknown rank' }), alongFirst);
  });

  it('leaves alone what fits from the end, and a constant stays a constant', async () => {
    const row = Tensor.float32([3], [10, 20, 30]);
    await expectNumbers(add(row), [11, 22, 33, 14, 25, 36, 17, 28, 39, 20, 31, 42]);
    expect(upgradedOperators(add(row), 7)).toEqual(['Add']);
    expect(upgradedOperators(add({ constant: b }, 0), 7)).toEqual(['Add']);
  });

  it('serves comparisons and logic as well', async () => {
    const more = { operator: 'Greater', inputs: [a, Tensor.float32([2], [2.5, 8.5])] };
    await expectNumbers(add(b, 0, more), [0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1]);
  });

  it('refuses a second operand of unknown rank, and leaves the model as it was', () => {
    const model = oneNode(add(b, 1, { dims: 'unknown rank' }));
    expect(() => upgradeOpset(model, 13)).toThrow(
      /operator Add of node node cannot be carried from opset 6 to 7: the rank of x1 is unknown/,
    );
    expect(model.opset).toBe(6);
    expect([...model.graph.nodes()].map((node) => [...node.attributes.keys()])).toEqual([
      ['broadcast', 'axis'],
    ]);
  });
});
