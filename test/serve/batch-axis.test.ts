import { describe, expect, it } from 'vitest';
import { findBatchAxis } from '../../src/serve/batch-axis.js';
import type { ServedTensor } from '../../src/serve/interface.js';
import type { Dim } from '../../src/ir/types.js';

const tensor = (name: string, dims: readonly Dim[] | undefined): ServedTensor => ({
  name,
  dtype: 'float32',
  dims,
});
const of = (
  inputs: readonly (readonly Dim[] | undefined)[],
  outputs: readonly (readonly Dim[] | undefined)[],
) =>
  findBatchAxis({
    inputs: inputs.map((dims, index) => tensor(`in${index}`, dims)),
    outputs: outputs.map((dims, index) => tensor(`out${index}`, dims)),
  });

describe('the batch', () => {
  it.each([
    ['the same symbol', [['N', 3]], [['N', 10]]],
    ['another name in the output', [['a', 3]], [['b', 10]]],
    ['nothing known but that it is open', [[undefined, 3]], [[undefined, 10]]],
    ['two inputs', [['N', 3], ['N']], [['N', 10]]],
  ])('is found with %s', (_, inputs, outputs) => {
    expect(of(inputs, outputs)).toEqual({ dynamic: true });
  });

  it.each([
    ['a fixed length', [[1, 3]], [[1, 10]], 'input in0 has 1 as its first length'],
    ['a fixed output', [['N', 3]], [[4, 10]], 'output out0 has 4 as its first length'],
    ['a scalar', [['N', 3], []], [['N']], 'input in1 is a scalar'],
    ['an unknown rank', [['N', 3]], [undefined], 'the rank of output out0 is not known'],
    ['two lengths', [['N', 3], ['M']], [['N']], 'different lengths: N, M'],
    ['a length from inside', [['N', 'T']], [['T', 5]], 'a length inside of input in0'],
    ['no inputs', [], [['N']], 'no inputs'],
  ])('is refused with %s', (_, inputs, outputs, reason) => {
    const axis = of(inputs, outputs);
    expect(axis.dynamic ? '' : axis.reason).toContain(reason);
  });
});
