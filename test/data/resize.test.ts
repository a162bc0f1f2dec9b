import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { resized, shorterSide } from '../../src/data/resize.js';
import { counting, lcgBytes } from './helpers.js';

/*
 * Expected values come from Pillow 12: Image.fromarray(lcg(h * w * c, seed=h * 100 + w)).resize((w2, h2), BILINEAR).
 * The larger ones are compared by SHA-256 of their bytes.
 */
const small = [
  {
    from: [5, 7, 3],
    to: [3, 4],
    values: [
      101, 149, 118, 92, 140, 141, 90, 142, 132, 164, 74, 82, 49, 137, 156, 135, 185, 129, 117, 100, 110, 210,
      133, 89, 31, 156, 70, 96, 168, 69, 98, 53, 121, 182, 112, 129,
    ],
  },
  {
    from: [4, 4, 1],
    to: [9, 6],
    values: [
      243, 181, 118, 114, 139, 165, 210, 173, 134, 131, 139, 148, 124, 152, 178, 175, 139, 104, 59, 137, 213,
      212, 140, 68, 149, 169, 191, 201, 147, 91, 239, 201, 168, 189, 154, 113, 184, 158, 140, 172, 172, 164,
      108, 104, 111, 153, 192, 219, 80, 84, 100, 146, 199, 240,
    ],
  },
  {
    from: [37, 23, 1],
    to: [5, 5],
    values: [
      133, 140, 134, 121, 108, 120, 144, 128, 132, 139, 120, 131, 125, 124, 131, 128, 128, 111, 136, 121, 136,
      128, 102, 134, 128,
    ],
  },
] as const;

const large = [
  { from: [6, 50, 3], to: [6, 7], sha: '663a2ae8581da6a2' },
  { from: [31, 17, 3], to: [17, 31], sha: '827a52407f91f3fa' },
] as const;

function picture([height, width, channels]: readonly [number, number, number]) {
  return { height, width, channels, values: lcgBytes(height * width * channels, height * 100 + width) };
}

describe('resized', () => {
  it.each(small)('equals Pillow from $from to $to', ({ from, to, values }) => {
    const out = resized(picture(from), to[0], to[1]);
    expect([out.height, out.width, out.channels]).toEqual([...to, from[2]]);
    expect(Array.from(out.values)).toEqual(values);
  });

  it.each(large)('equals Pillow from $from to $to', ({ from, to, sha }) => {
    const { values } = resized(picture(from), to[0], to[1]);
    expect(createHash('sha256').update(values).digest('hex').slice(0, 16)).toBe(sha);
  });

  it('does not round floats: a ramp stays a ramp, its mean stays its mean', () => {
    const ramp = { height: 1, width: 64, channels: 1, values: Float64Array.from(counting(64)) };
    const half = resized(ramp, 1, 32).values;
    // Away from the ends, output x looks at source 2x + 0.5.
    for (let x = 2; x < 30; x++) expect(half[x]).toBeCloseTo(2 * x + 0.5, 10);
  });

  it('leaves a picture of the right size alone', () => {
    const same = picture([5, 7, 3]);
    expect(resized(same, 5, 7)).toBe(same);
  });
});

describe('shorterSide', () => {
  it('cuts the longer side down to whole pixels', () => {
    expect(shorterSide({ height: 375, width: 500, channels: 3, values: new Uint8Array() }, 224)).toEqual({
      height: 224,
      width: 298,
    });
    expect(shorterSide({ height: 500, width: 333, channels: 3, values: new Uint8Array() }, 256)).toEqual({
      height: 384,
      width: 256,
    });
  });
});
