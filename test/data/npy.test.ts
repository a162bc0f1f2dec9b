import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNpy } from '../../src/data/npy.js';
import type { DType } from '../../src/tensor/dtype.js';
import { bytesOf, npyBytes } from './helpers.js';

const descriptors: [string, DType, number][] = [
  ['<f2', 'float16', 2],
  ['<f4', 'float32', 4],
  ['<f8', 'float64', 8],
  ['|i1', 'int8', 1],
  ['<i2', 'int16', 2],
  ['<i4', 'int32', 4],
  ['<i8', 'int64', 8],
  ['|u1', 'uint8', 1],
  ['<u2', 'uint16', 2],
  ['<u4', 'uint32', 4],
  ['<u8', 'uint64', 8],
  ['|b1', 'bool', 1],
];

describe('parseNpy', () => {
  it.each(descriptors)('reads back any %s array as %s', (descr, dtype, width) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }), fc.nat(), (dims, seed) => {
        const count = dims.reduce((product, dim) => product * dim, 1);
        const data = Uint8Array.from({ length: count * width }, (_, i) => (i * 31 + seed) & 255);
        const tensor = parseNpy(npyBytes(descr, dims, data), 'a.npy');
        expect(tensor.dtype).toBe(dtype);
        expect(tensor.dims).toEqual(dims);
        expect(Buffer.from(tensor.bytes()).equals(data)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('turns Fortran order around', () => {
    // numpy.asfortranarray(numpy.arange(24).reshape(2, 3, 4)) in memory: the first axis runs fastest.
    const stored: number[] = [];
    for (let k = 0; k < 4; k++)
      for (let j = 0; j < 3; j++) for (let i = 0; i < 2; i++) stored.push(i * 12 + j * 4 + k);
    const tensor = parseNpy(npyBytes('<i4', [2, 3, 4], bytesOf(Int32Array.from(stored)), true), 'a.npy');
    expect(Array.from(tensor.toNumbers())).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });

  it('reads a big-endian file that NumPy wrote', () => {
    // numpy.save(f, numpy.array([[1.5, -2.0]], '>f4')), header padded to 118 bytes
    const data = Buffer.from('3fc00000c0000000', 'hex');
    expect(Array.from(parseNpy(npyBytes('>f4', [1, 2], data), 'a.npy').toNumbers())).toEqual([1.5, -2]);
  });

  it.each<[string, Uint8Array, string]>([
    ['Python objects', npyBytes('|O', [2], new Uint8Array(16)), 'holds Python objects'],
    ['records', npyBytes('[(x, y)]', [2], new Uint8Array(16)), 'holds elements of type [(x, y)]'],
    ['dates', npyBytes('<M8[s]', [2], new Uint8Array(16)), 'holds elements of type <M8[s]'],
    [
      'a cut file',
      npyBytes('<f4', [4], new Uint8Array(12)),
      'float32 array of shape [4] needs 16 bytes and has 12',
    ],
    ['other bytes', Buffer.from('PK..............'), 'is no .npy array'],
    ['a cut header', npyBytes('<f4', [4], new Uint8Array(16)).subarray(0, 40), 'the .npy header is cut off'],
    [
      'a shape beyond all bounds',
      npyBytes('<f4', [2 ** 40, 2 ** 40], new Uint8Array(4)),
      'the .npy header is not understood',
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseNpy(bytes, 'a.npy')).toThrow(`a.npy: ${message}`);
  });
});
