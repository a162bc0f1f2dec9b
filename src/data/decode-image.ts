import type SharpModule from 'sharp';
import { InferOptError, messageOf } from '../errors.js';
import type { Pixels } from './pixels.js';

type Sharp = typeof SharpModule;

let loading: Promise<Sharp> | undefined;

/** sharp is optional and slow to load: only a dataset of pictures pays for it. */
async function loadSharp(): Promise<Sharp> {
  try {
    const { default: sharp } = await import('sharp');
    // Its own cache of files and its threads are of no use to us: each picture is decoded once.
    sharp.cache(false);
    sharp.concurrency(1);
    return sharp;
  } catch (thrown) {
    throw new InferOptError(
      'environment',
      `pictures need the package sharp, which cannot be loaded: ${messageOf(thrown)}`,
      {
        hint: 'npm install sharp',
        cause: thrown,
      },
    );
  }
}

/**
 * Decodes a picture to 8-bit RGB as Pillow's `convert('RGB')` does: no colour profile and no rotation is
 * applied, an alpha channel is dropped. Throws `data` with the path for a file that is no picture.
 */
export async function decodeImage(path: string): Promise<Pixels> {
  const sharp = await (loading ??= loadSharp());
  try {
    const { data, info } = await sharp(path, { ignoreIcc: true, failOn: 'error' })
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return {
      height: info.height,
      width: info.width,
      channels: info.channels,
      values: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    };
  } catch (thrown) {
    throw new InferOptError('data', `${path} cannot be decoded: ${messageOf(thrown)}`, { cause: thrown });
  }
}
