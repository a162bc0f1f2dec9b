import { describe, expect, it } from 'vitest';
import { tensorFromJson } from '../../src/data/json-tensor.js';

describe('tensorFromJson', () => {
  it('finds the shape of nested arrays and takes the type that the model has', () => {
    const tensor = tensorFromJson(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      'int64',
      'line 1',
    );
    expect([tensor.dtype, tensor.dims, tensor.toBigInts()]).toEqual([
      'int64',
      [3, 2],
      [1n, 2n, 3n, 4n, 5n, 6n],
    ]);
    expect(tensorFromJson(0.5, 'float32', 'line 1').dims).toEqual([]);
    expect(tensorFromJson([[], []], 'float32', 'line 1').dims).toEqual([2, 0]);
    expect(Array.from(tensorFromJson([true, 0], 'bool', 'line 1').toNumbers())).toEqual([1, 0]);
    expect(Buffer.from(tensorFromJson(['ab'], 'string', 'line 1').strings[0]!).toString()).toBe('ab');
  });

  it.each<[string, unknown, Parameters<typeof tensorFromJson>[1], string]>([
    ['ragged rows', [[1, 2], [3]], 'float32', 'nested arrays differ in length'],
    ['a row among numbers', [1, [2]], 'float32', '[2] is no number'],
    ['text', ['a'], 'float32', '"a" is no number'],
    ['null', [null], 'float32', 'null is no number'],
    ['a fraction', [1.5], 'int32', '1.5 does not fit int32'],
    ['a large number', [256], 'uint8', '256 does not fit uint8'],
    ['a number that JSON rounds', [2 ** 53], 'int64', 'does not fit int64'],
    ['two', [2], 'bool', '2 does not fit bool'],
  ])('refuses %s', (_, value, dtype, message) => {
    expect(() => tensorFromJson(value, dtype, 'a.jsonl:3')).toThrow(`a.jsonl:3: ${message}`.split(': ')[1]);
  });
});
