import { describe, expect, it } from 'vitest';
import {
  humanBytes,
  humanCount,
  humanDuration,
  humanMilliseconds,
  humanRatio,
  humanShare,
} from '../../src/report/humanize.js';

describe('numbers as people read them', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [999.6, '1.00 kB'],
    [4_956_208, '4.96 MB'],
    [12_345, '12.3 kB'],
    [102_400_000, '102 MB'],
    [999_600_000, '1.00 GB'],
  ])('%d bytes', (bytes, text) => expect(humanBytes(bytes)).toBe(text));

  it.each([
    [812, '812'],
    [1_235_496, '1.24 M'],
    [349_152_000, '349 M'],
    [4_089_184_256, '4.09 G'],
  ])('%d as a count', (count, text) => expect(humanCount(count)).toBe(text));

  it.each([
    [0.0005, '0.001 ms'],
    [0.1234, '0.123 ms'],
    [0.9999, '1.00 ms'],
    [4.5649, '4.56 ms'],
    [34.96, '35.0 ms'],
    [1204.4, '1204 ms'],
    [NaN, '-'],
  ])('%d ms', (milliseconds, text) => expect(humanMilliseconds(milliseconds)).toBe(text));

  it.each([
    [3.238, '3.24x'],
    [0.2566, '0.26x'],
    [12.06, '12.1x'],
    [Infinity, '-'],
  ])('a factor of %d', (ratio, text) => expect(humanRatio(ratio)).toBe(text));

  it('a share', () => expect(humanShare(0.6125)).toBe('61.3%'));

  it.each([
    [400, '0 s'],
    [8_200, '8 s'],
    [59_600, '1 min 0 s'],
    [200_000, '3 min 20 s'],
    [3_900_000, '1 h 5 min'],
  ])('a wait of %d ms', (milliseconds, text) => expect(humanDuration(milliseconds)).toBe(text));
});
