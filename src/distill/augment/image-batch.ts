import type { Tensor } from '../../tensor/tensor.js';
import type { ImageBatch } from './augmentation.js';

/** As many channels as an image may have. */
const mostChannels = 4;

/** True where the batch is of images: four axes, of which the second or the last counts at most four channels. */
export function isImage({ dtype, dims }: Tensor): boolean {
  return dtype === 'float32' && dims.length === 4 && (dims[1]! <= mostChannels || dims[3]! <= mostChannels);
}

/** A float32 batch over its own memory; undefined for other types. */
export function imageBatchOf(tensor: Tensor): ImageBatch | undefined {
  if (tensor.dtype !== 'float32' || tensor.dims.length === 0) return undefined;
  const data = tensor.values() as Float32Array;
  const { dims } = tensor;
  const samples = dims[0]!;
  const sample = tensor.size / samples;
  if (!isImage(tensor)) {
    const strides = { sample, channel: 1, row: 1, column: 1 };
    return { data, samples, channels: sample, height: 1, width: 1, strides };
  }
  const [, a, b, c] = dims as [number, number, number, number];
  if (a <= mostChannels) {
    const strides = { sample, channel: b * c, row: c, column: 1 };
    return { data, samples, channels: a, height: b, width: c, strides };
  }
  const strides = { sample, channel: 1, row: b * c, column: c };
  return { data, samples, channels: c, height: a, width: b, strides };
}
