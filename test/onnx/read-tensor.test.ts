import { describe, expect, it } from 'vitest';
import { readTensor } from '../../src/onnx/read-tensor.js';

const ones = (length: number): number[] => Array.from({ length }, () => 1);
const tensor = (dims: number[], more: object = {}) =>
  readTensor({ name: 'w', dataType: 1, dims, floatData: [7], ...more }, undefined);

describe('a tensor out of its message', () => {
  it('may have as many axes as NumPy has', () => {
    expect([...tensor(ones(64)).toFloat32()]).toEqual([7]);
  });

  it.each([
    ['axes by the thousand', ones(100_000), {}, 'tensor w has 100000 axes'],
    ['dims below zero', [-1], {}, 'tensor w has dims [-1]'],
    ['more elements than can be counted', [2 ** 40, 2 ** 40], {}, 'tensor w has dims ['],
    ['too few elements', [2], {}, 'tensor w: float32 tensor of dims [2] needs 8 bytes and has 4'],
    ['a type that is not known', [1], { dataType: 99 }, 'tensor w has the element type 99'],
    ['segments', [1], { segment: {} }, 'tensor w is stored in segments'],
  ])('is refused with %s', (_, dims, more, reason) => {
    expect(() => tensor(dims, more)).toThrow(reason);
  });
});
