import type { Pixels } from './pixels.js';

/**
 * Antialiased bilinear resize, equal to Pillow's `Image.resize(size, BILINEAR)` bit by bit for 8-bit pictures:
 * a triangle filter stretched by the reduction factor, rows first, then columns, weights in 22-bit fixed point,
 * rounded to 8 bits between the passes (src/libImaging/Resample.c of https://github.com/python-pillow/Pillow,
 * up to version 12; from 13 on, a few very tall pictures are done columns first, which differs by one here and there).
 * Models are judged on pictures that went through it, and another kernel costs them accuracy.
 */
export function resized(picture: Pixels, height: number, width: number): Pixels {
  const wide = width === picture.width ? picture : resampleRows(picture, width);
  return height === wide.height ? wide : resampleColumns(wide, height);
}

/** Height and width after the shorter side became `side`; the longer one is cut down to whole pixels, as torchvision does. */
export function shorterSide(picture: Pixels, side: number): { height: number; width: number } {
  const { height, width } = picture;
  return height <= width
    ? { height: side, width: Math.floor((side * width) / height) }
    : { height: Math.floor((side * height) / width), width: side };
}

const fixedPointBits = 22;
const fixedPointHalf = 1 << (fixedPointBits - 1);

interface Taps {
  /** First source position of each output position. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly stride: number;
  readonly weights: Float64Array;
  /** The same weights as 22-bit integers. */
  readonly fixed: Int32Array;
}

function filterTaps(from: number, to: number): Taps {
  const scale = from / to;
  const support = Math.max(1, scale);
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Float64Array(to * stride);
  for (let position = 0; position < to; position++) {
    const centre = (position + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const taps = Math.min(from, Math.trunc(centre + support + 0.5)) - start;
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const weight = Math.max(0, 1 - Math.abs((start + tap - centre + 0.5) * (1 / support)));
      weights[position * stride + tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < taps; tap++) weights[position * stride + tap]! *= 1 / sum;
    first[position] = start;
    count[position] = taps;
  }
  const fixed = Int32Array.from(weights, (weight) => Math.trunc(0.5 + weight * (1 << fixedPointBits)));
  return { first, count, stride, weights, fixed };
}

function resampleRows(picture: Pixels, width: number): Pixels {
  const { height, channels } = picture;
  const taps = filterTaps(picture.width, width);
  const out = emptyLike(picture, height * width * channels);
  for (let row = 0; row < height; row++) {
    resampleLine(picture.values, out, taps, {
      from: row * picture.width * channels,
      to: row * width * channels,
      step: channels,
      lanes: channels,
    });
  }
  return { height, width, channels, values: out };
}

function resampleColumns(picture: Pixels, height: number): Pixels {
  const { width, channels } = picture;
  const step = width * channels;
  const out = emptyLike(picture, height * step);
  resampleLine(picture.values, out, filterTaps(picture.height, height), {
    from: 0,
    to: 0,
    step,
    lanes: step,
  });
  return { height, width, channels, values: out };
}

function emptyLike(picture: Pixels, length: number): Uint8Array | Float64Array {
  return picture.values instanceof Uint8Array ? new Uint8Array(length) : new Float64Array(length);
}

interface Line {
  readonly from: number;
  readonly to: number;
  /** Elements between neighbours along the line that is resampled. */
  readonly step: number;
  /** Elements side by side that are treated alike. */
  readonly lanes: number;
}

function resampleLine(values: Pixels['values'], out: Pixels['values'], taps: Taps, line: Line): void {
  const { first, count, stride } = taps;
  const { from, to, step, lanes } = line;
  const whole = out instanceof Uint8Array;
  const weights = whole ? taps.fixed : taps.weights;
  for (let position = 0; position < first.length; position++) {
    const start = from + first[position]! * step;
    for (let lane = 0; lane < lanes; lane++) {
      // Weights are not negative and add up to one, so that no result can leave 0..255.
      let sum = whole ? fixedPointHalf : 0;
      let at = start + lane;
      for (let tap = 0; tap < count[position]!; tap++, at += step)
        sum += values[at]! * weights[position * stride + tap]!;
      out[to + position * step + lane] = whole ? sum >> fixedPointBits : sum;
    }
  }
}
