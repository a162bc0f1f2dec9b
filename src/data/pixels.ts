/**
 * A picture as rows of pixels, channels last. 8-bit values stay integers through every step, as in the tools
 * that models are trained with; others are doubles.
 */
export interface Pixels {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly values: Uint8Array | Float64Array;
}

/** A window of the picture; it must lie inside. */
export function cropped(picture: Pixels, top: number, left: number, height: number, width: number): Pixels {
  const { channels, values } = picture;
  if (top === 0 && left === 0 && height === picture.height && width === picture.width) return picture;
  const out =
    values instanceof Uint8Array
      ? new Uint8Array(height * width * channels)
      : new Float64Array(height * width * channels);
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * picture.width + left) * channels;
    out.set(values.subarray(start, start + width * channels), row * width * channels);
  }
  return { height, width, channels, values: out };
}

/**
 * Where a centred window of `inner` starts in `outer`: half of the difference, a half rounded to even, as
 * torchvision's CenterCrop does (Python's round).
 */
export function centred(outer: number, inner: number): number {
  const half = (outer - inner) / 2;
  const down = Math.floor(half);
  return half === down ? down : down + (down % 2);
}

/** Red, green and blue as one channel of luma, with the 16-bit weights of Pillow's convert('L') (ITU-R 601-2). */
export function toGray(picture: Pixels): Pixels {
  if (picture.channels === 1) return picture;
  const { height, width, channels, values } = picture;
  const count = height * width;
  const out = values instanceof Uint8Array ? new Uint8Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * channels;
    const luma = values[at]! * 19595 + values[at + 1]! * 38470 + values[at + 2]! * 7471;
    out[i] = values instanceof Uint8Array ? (luma + 0x8000) >> 16 : luma / 65536;
  }
  return { height, width, channels: 1, values: out };
}

/** One channel three times. */
export function toThreeChannels(picture: Pixels): Pixels {
  if (picture.channels !== 1) return picture;
  const { height, width, values } = picture;
  const count = height * width;
  const out = values instanceof Uint8Array ? new Uint8Array(3 * count) : new Float64Array(3 * count);
  for (let i = 0; i < count; i++) out.fill(values[i]!, 3 * i, 3 * i + 3);
  return { height, width, channels: 3, values: out };
}
