import { describe, expect, it } from 'vitest';
import { parseIdx } from '../../src/data/idx.js';

describe('parseIdx', () => {
  it('reads bytes as they are and turns wider types around', () => {
    const bytes = parseIdx(Buffer.from('000008020000000200000003' + '010203fdfeff', 'hex'), 'a');
    expect([bytes.dtype, bytes.dims, Array.from(bytes.toNumbers())]).toEqual([
      'uint8',
      [2, 3],
      [1, 2, 3, 253, 254, 255],
    ]);
    const shorts = parseIdx(Buffer.from('00000b0100000002' + '0100fffe', 'hex'), 'a');
    expect([shorts.dtype, Array.from(shorts.toNumbers())]).toEqual(['int16', [256, -2]]);
    const floats = parseIdx(Buffer.from('00000d0100000001' + '3fc00000', 'hex'), 'a');
    expect(Array.from(floats.toNumbers())).toEqual([1.5]);
  });

  it.each([
    ['another magic number', '1f8b0800', 'is no IDX file'],
    ['nothing', '', 'is no IDX file'],
    ['cut dims', '0000080300000001', 'is no IDX file'],
    ['cut data', '000008010000000401', 'uint8 array of shape [4] needs 4 bytes and has 1'],
  ])('refuses %s', (_, hex, message) => {
    expect(() => parseIdx(Buffer.from(hex, 'hex'), 'images.idx')).toThrow(message);
  });
});
