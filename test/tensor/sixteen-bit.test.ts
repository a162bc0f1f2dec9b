import { describe, expect, it } from 'vitest';
import { fromFloat16Bits } from '../../src/tensor/float.js';
import { toBfloat16Bits } from '../support/sixteen-bit.js';
import { seededRandom } from '../../src/tensor/random.js';
import {
  fromBfloat16Array,
  fromFloat16Array,
  goesBeyond,
  toBfloat16Array,
  toFloat16Array,
} from '../../src/tensor/sixteen-bit.js';

/** By definition in float64: a step of the format at this magnitude, rounded to the even one of two neighbours. */
function nearestHalf(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  if (value < 0) return -nearestHalf(-value);
  // log2 may be off by one at a power of two.
  const log = Math.floor(Math.log2(value));
  const exponent = Math.max(-14, 2 ** log > value ? log - 1 : 2 ** (log + 1) <= value ? log + 1 : log);
  const step = 2 ** (exponent - 10);
  const below = Math.floor(value / step);
  const rest = value / step - below;
  const even = below % 2 === 0 ? below : below + 1;
  const rounded = (rest === 0.5 ? even : rest < 0.5 ? below : below + 1) * step;
  // The number behind the largest one is infinity.
  return rounded >= 65_536 ? Infinity : rounded;
}

/** float32 numbers by their bits. */
function floats(bits: readonly number[]): Float32Array {
  return new Float32Array(Uint32Array.from(bits).buffer);
}

const everyHalf = Array.from({ length: 2 ** 16 }, (_, code) => code);
const everyExponent = Array.from({ length: 512 }, (_, top) => top * 2 ** 23);

describe('float16 of whole arrays', () => {
  it('gives what the definition gives in float64, at every exponent and on random bits', () => {
    const random = seededRandom(5);
    const edges = everyExponent.flatMap((top) =>
      [
        0, 1, 0xfff, 0x1000, 0x1001, 0x1fff, 0x2000, 0x3000, 0x3fffff, 0x400000, 0x400001, 0x7fefff, 0x7fffff,
      ].map((mantissa) => top + mantissa),
    );
    const drawn = Array.from({ length: 50_000 }, () => Math.floor(random() * 2 ** 32));
    const values = floats([...edges, ...drawn]);
    const found = fromFloat16Array(toFloat16Array(values));
    const wrong = [...values].filter(
      (value, at) => !Object.is(found[at], Number.isNaN(value) ? NaN : nearestHalf(value)),
    );
    expect(wrong.map((value) => [value, nearestHalf(value)])).toEqual([]);
  });

  it('rounds half a step to the even neighbour, and less and more to the nearer one', () => {
    const halves = everyHalf.filter((code) => (code & 0x7fff) < 0x7bff).map(fromFloat16Bits);
    for (const [at, low] of halves.slice(0, 0x7bff).entries()) {
      const high = fromFloat16Bits(at + 1);
      const middle = (low + high) / 2;
      const bits = toFloat16Array(Float32Array.of(middle, -middle));
      expect([...bits]).toEqual([at + (at & 1), 0x8000 + at + (at & 1)]);
    }
  });

  it('leaves every float16 as it is, signs of zeros, infinities and NaN with it', () => {
    const values = fromFloat16Array(everyHalf);
    const isNaNCode = (code: number): boolean => (code & 0x7fff) > 0x7c00;
    const back = toFloat16Array(values);
    expect(everyHalf.filter((code) => !isNaNCode(code) && back[code] !== code)).toEqual([]);
    expect(everyHalf.filter((code) => isNaNCode(code) && !isNaNCode(back[code]!))).toEqual([]);
    expect(everyHalf.filter((code) => !Object.is(values[code], fromFloat16Bits(code)))).toEqual([]);
  });

  it('takes views that do not begin where their memory does', () => {
    const values = Float32Array.of(9, 1, -2.5, 65_520, 65_519).subarray(1);
    expect([...toFloat16Array(values)]).toEqual([0x3c00, 0xc100, 0x7c00, 0x7bff]);
  });
});

describe('bfloat16 of whole arrays', () => {
  it('gives what the conversion of single numbers gives', () => {
    const random = seededRandom(6);
    const values = floats([
      ...everyExponent.flatMap((top) =>
        [0, 1, 0x7fff, 0x8000, 0x8001, 0x18000, 0x7fffff].map((low) => top + low),
      ),
      ...Array.from({ length: 20_000 }, () => Math.floor(random() * 2 ** 32)),
    ]);
    expect([...toBfloat16Array(values)]).toEqual(Array.from(values, toBfloat16Bits));
  });

  it('leaves every bfloat16 as it is but for what NaN holds', () => {
    const values = fromBfloat16Array(everyHalf);
    const back = toBfloat16Array(values);
    expect(everyHalf.filter((code) => !Number.isNaN(values[code]!) && back[code] !== code)).toEqual([]);
  });
});

describe('goesBeyond', () => {
  it('tells numbers beyond the limit from infinities and NaN', () => {
    expect(goesBeyond(Float32Array.of(65_504, -65_504, Infinity, -Infinity, NaN), 65_504)).toBe(false);
    expect(goesBeyond(Float32Array.of(1, -65_505), 65_504)).toBe(true);
  });
});
