import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/ir/attribute.js';
import { Graph } from '../../../src/ir/graph.js';
import { rankOf, tensorType } from '../../../src/ir/types.js';
import { outputRank } from '../../../src/onnx/signatures/ranks.js';
import { Tensor } from '../../../src/tensor/tensor.js';

/** The rank of a node's output, given those of its inputs or their integers. */
function rank(
  operator: string,
  inputs: readonly (number | undefined | Tensor)[],
  attributes = {},
): number | undefined {
  const graph = new Graph();
  const values = inputs.map((input, index) => {
    if (input instanceof Tensor) return graph.addConstant(`c${index}`, input);
    const dims = input === undefined ? undefined : Array.from({ length: input }, () => undefined);
    return graph.declare(`x${index}`, tensorType('float32', dims));
  });
  const node = graph.addNode(operator, values, { attributes: Object.entries(attributes) });
  return outputRank(
    node,
    (value) => rankOf(value.type),
    (value) => value.constant?.toBigInts().map(Number),
  );
}

describe('outputRank', () => {
  it('follows the rules of the operators', () => {
    expect(rank('Conv', [4, 4])).toBe(4);
    expect(rank('Add', [1, 3])).toBe(3);
    expect(rank('Gemm', [2, 2])).toBe(2);
    expect(rank('Flatten', [undefined])).toBe(2);
    expect(rank('MatMul', [3, 2])).toBe(3);
    expect(rank('Gather', [3, 2])).toBe(4);
    expect(rank('Reshape', [undefined, Tensor.int64([3], [1, -1, 2])])).toBe(3);
    expect(rank('Unsqueeze', [2], { axes: attribute.ints([0, 1]) })).toBe(4);
    expect(rank('Squeeze', [4, Tensor.int64([1], [2])])).toBe(3);
    expect(rank('Constant', [], { value: attribute.tensor(Tensor.int64([], [1])) })).toBe(0);
  });

  it('says nothing where it cannot know', () => {
    expect(rank('Add', [3, undefined])).toBeUndefined();
    expect(rank('MatMul', [3, 1])).toBeUndefined();
    expect(rank('Squeeze', [4])).toBeUndefined();
    expect(rank('Reshape', [2, 1])).toBeUndefined();
    expect(rank('Unique', [2])).toBeUndefined();
  });
});
