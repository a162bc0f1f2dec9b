import { describe, expect, it } from 'vitest';
import { flip } from '../../src/distill/augment/flip.js';
import { imageBatchOf } from '../../src/distill/augment/image-batch.js';
import { mix } from '../../src/distill/augment/mix.js';
import { noise } from '../../src/distill/augment/noise.js';
import { paste } from '../../src/distill/augment/paste.js';
import { shift } from '../../src/distill/augment/shift.js';
import { seededRandom } from '../../src/tensor/random.js';
import { Tensor } from '../../src/tensor/tensor.js';
import { randomTensor } from '../support/build.js';

/** The element at a place of a batch of images in either layout. */
function at(tensor: Tensor, layout: string, n: number, c: number, y: number, x: number): number {
  const [, a, b, d] = tensor.dims as [number, number, number, number];
  const index = layout === 'nchw' ? ((n * a + c) * b + y) * d + x : ((n * a + y) * b + x) * d + c;
  return tensor.toNumbers()[index]!;
}

const copyOf = (tensor: Tensor) => Tensor.float32(tensor.dims, tensor.toFloat32().slice());

describe('augmentations of images', () => {
  it.each([
    ['nchw', [3, 2, 6, 8]],
    ['nhwc', [3, 6, 8, 2]],
  ] as const)('mirror and move %s images', (layout, dims) => {
    const before = randomTensor(dims, 1);
    const mirrored = copyOf(before);
    flip.apply(imageBatchOf(mirrored)!, () => 0.9);
    const moved = copyOf(before);
    // The end of the range: a pixel to the right; an eighth of 6 rows is none.
    shift.apply(imageBatchOf(moved)!, () => 0.99);
    for (let n = 0; n < 3; n++) {
      for (let c = 0; c < 2; c++) {
        for (let y = 0; y < 6; y++) {
          for (let x = 0; x < 8; x++) {
            expect(at(mirrored, layout, n, c, y, x)).toBe(at(before, layout, n, c, y, 7 - x));
            expect(at(moved, layout, n, c, y, x)).toBe(at(before, layout, n, c, y, Math.min(x + 1, 7)));
          }
        }
      }
    }
  });

  it('mix samples so that each is a mean of itself and another one', () => {
    const before = randomTensor([6, 10], 2);
    const mixed = copyOf(before);
    mix.apply(imageBatchOf(mixed)!, seededRandom(5));
    const [own, found] = [before.toFloat32(), mixed.toFloat32()];
    let changed = 0;
    for (let n = 0; n < 6; n++) {
      const row = found.subarray(n * 10, n * 10 + 10);
      const shares = Array.from({ length: 6 }, (_, m) => {
        const difference = (i: number) => own[n * 10 + i]! - own[m * 10 + i]!;
        const share = (row[0]! - own[m * 10]!) / difference(0);
        const fits = row.every((value, i) => {
          return Math.abs(own[m * 10 + i]! + share * difference(i) - value) < 1e-4;
        });
        return m !== n && fits;
      });
      const same = row.every((value, i) => value === own[n * 10 + i]);
      expect(same || shares.includes(true)).toBe(true);
      if (!same) changed += 1;
    }
    expect(changed).toBeGreaterThan(0);
  });

  it('paste one rectangle of another image', () => {
    const before = randomTensor([8, 2, 6, 5], 4);
    const pasted = copyOf(before);
    paste.apply(imageBatchOf(pasted)!, seededRandom(3));
    let changed = 0;
    for (let n = 0; n < 8; n++) {
      const partners = new Set<number>();
      const places = new Set<string>();
      for (let y = 0; y < 6; y++) {
        for (let x = 0; x < 5; x++) {
          const values = [0, 1].map((c) => at(pasted, 'nchw', n, c, y, x));
          const from = Array.from({ length: 8 }, (_, m) => m).find((m) =>
            values.every((value, c) => value === at(before, 'nchw', m, c, y, x)),
          );
          expect(from).toBeDefined();
          if (from === n) continue;
          partners.add(from!);
          places.add(`${y},${x}`);
        }
      }
      if (places.size === 0) continue;
      changed += 1;
      expect(partners.size).toBe(1);
      const rows = [...places].map((place) => Number(place.split(',')[0]));
      const columns = [...places].map((place) => Number(place.split(',')[1]));
      const span = (list: number[]) => Math.max(...list) - Math.min(...list) + 1;
      expect(places.size).toBe(span(rows) * span(columns));
    }
    expect(changed).toBeGreaterThan(0);
  });

  it('add noise of a tenth of the deviation', () => {
    const before = randomTensor([4, 3, 32, 32], 3, 5);
    const noisy = copyOf(before);
    noise.apply(imageBatchOf(noisy)!, seededRandom(1));
    const [own, found] = [before.toFloat32(), noisy.toFloat32()];
    const square = own.reduce((sum, value, i) => sum + (found[i]! - value) ** 2, 0) / own.length;
    expect(Math.sqrt(square)).toBeCloseTo(0.5, 1);
  });

  it('leave what is no float32 alone', () => {
    expect(imageBatchOf(Tensor.int64([2], [1, 2]))).toBeUndefined();
    expect(imageBatchOf(randomTensor([2, 7], 1))).toMatchObject({ channels: 7, height: 1, width: 1 });
  });
});
