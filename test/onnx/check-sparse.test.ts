import { describe, expect, it } from 'vitest';
import { checkSparse } from '../../src/onnx/check-sparse.js';
import { decodeModel } from '../../src/onnx/read.js';
import { modelType } from '../../src/onnx/schema.js';

const float32 = 1;
const sparse = (held: number, dims: number[]) => ({
  values: { name: 'w', dataType: float32, dims: [held] },
  indices: { dataType: 7, dims: [held] },
  dims,
});

describe('sparse tensors', () => {
  it.each([
    ['small ones with nothing in them', sparse(0, [1000, 1000])],
    ['large ones with enough in them', sparse(10_000, [10_000, 10_000])],
    ['scalars', sparse(1, [])],
  ])('pass: %s', (_, message) => {
    expect(() => {
      checkSparse(message);
    }).not.toThrow();
  });

  it.each([
    ['far more than they hold', sparse(3, [2 ** 31]), 'holds 3 of 2147483648 elements, which take 8590 MB'],
    ['dims below zero', sparse(3, [-1]), 'has dims [-1]'],
    ['more than can be counted', sparse(3, [2 ** 40, 2 ** 40]), 'has dims ['],
  ])('are refused: %s', (_, message, reason) => {
    expect(() => {
      checkSparse(message);
    }).toThrow(reason);
  });

  it.each([
    ['initializers', { sparseInitializer: [sparse(3, [2 ** 31])] }],
    [
      'constants',
      {
        node: [
          {
            opType: 'Constant',
            output: ['y'],
            attribute: [{ name: 'sparse_value', type: 11, sparseTensor: sparse(3, [2 ** 31]) }],
          },
        ],
      },
    ],
  ])('are found as %s', (_, graph) => {
    const bytes = modelType
      .encode({ irVersion: 8, opsetImport: [{ domain: '', version: 17 }], graph })
      .finish();
    expect(() => decodeModel(bytes)).toThrow('sparse tensor w holds 3');
  });
});
