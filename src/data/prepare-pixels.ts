import { InferOptError } from '../errors.js';
import { isFloat, isInteger, type DType } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';
import { integerRange } from './convert.js';
import { dimsForCount, shapeMismatch } from './fit.js';
import type { PixelPlan } from './pixel-plan.js';
import { centred, cropped, toGray, toThreeChannels, type Pixels } from './pixels.js';
import { resized, shorterSide } from './resize.js';
import type { InputSpec } from './types.js';

/** An array of one sample as a picture. Throws `data` where its rank is not that of a picture. */
export function pixelsOf(tensor: Tensor, plan: PixelPlan, where: string): Pixels {
  const { dims } = tensor;
  const layout = plan.arrayLayout ?? (dims.length === 2 ? 'hw' : 'hwc');
  const row =
    plan.layout === 'flat' && plan.arrayLayout === undefined && dims.length !== 2 && dims.length !== 3;
  if (!row && dims.length !== layout.length) {
    throw new InferOptError(
      'data',
      `${where}: got shape [${dims.join(', ')}], which is no picture in layout ${layout}`,
    );
  }
  const values =
    tensor.dtype === 'uint8' ? (tensor.values() as Uint8Array) : Float64Array.from(tensor.toNumbers());
  // Pixels that were flattened already have no rows to tell apart.
  if (row) return { height: 1, width: tensor.size, channels: 1, values };
  if (layout === 'hw') return { height: dims[0]!, width: dims[1]!, channels: 1, values };
  if (layout === 'hwc') return { height: dims[0]!, width: dims[1]!, channels: dims[2]!, values };
  const [channels, height, width] = dims as [number, number, number];
  return { height, width, channels, values: channelsLast(values, channels, height * width) };
}

function channelsLast<Values extends Uint8Array | Float64Array>(
  values: Values,
  channels: number,
  area: number,
): Values {
  const out = values.slice() as Values;
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < area; i++) out[i * channels + channel] = values[channel * area + i]!;
  }
  return out;
}

/** Resize, centred crop, and the number of channels; the values are still those of the picture. */
export function framed(picture: Pixels, plan: PixelPlan, where: string): Pixels {
  let out = picture;
  if (plan.resize !== undefined) {
    const size =
      typeof plan.resize === 'number'
        ? shorterSide(out, plan.resize)
        : { height: plan.resize[0], width: plan.resize[1] };
    out = resized(out, size.height, size.width);
  }
  if (plan.crop !== undefined) {
    const [height, width] = plan.crop;
    if (height > out.height || width > out.width) {
      throw new InferOptError(
        'data',
        `${where}: a crop of ${height}x${width} does not fit into ${out.height}x${out.width} pixels`,
        {
          hint: 'resize to at least the size of the crop',
        },
      );
    }
    out = cropped(out, centred(out.height, height), centred(out.width, width), height, width);
  }
  return recoloured(out, plan, where);
}

function recoloured(picture: Pixels, { color }: PixelPlan, where: string): Pixels {
  if (color === undefined) return picture;
  if (picture.channels !== 1 && picture.channels !== 3) {
    throw new InferOptError('data', `${where}: ${picture.channels} channels cannot become ${color}`);
  }
  return color === 'gray' ? toGray(picture) : toThreeChannels(picture);
}

/** Normalized pixels in the model's type, layout and dims: (pixel * scale - mean) / std for each channel. */
export function pixelsToInput(picture: Pixels, plan: PixelPlan, spec: InputSpec, sample: string): Tensor {
  const { height, width, channels } = picture;
  const planar = plan.layout === 'nchw';
  const values = normalized(picture, plan, planar, spec, sample);
  const dims = planar ? [1, channels, height, width] : [1, height, width, channels];
  const tensor = Tensor.fromNumbers(spec.dtype, dims, values);
  if (spec.dims === undefined) return tensor;
  const natural = spec.dims.length === 4 && plan.layout !== 'flat';
  if (natural) {
    const fits = dims.every((dim, axis) => {
      const wanted = spec.dims![axis];
      return typeof wanted !== 'number' || wanted < 0 || wanted === dim;
    });
    if (!fits) throw shapeMismatch(dims, spec, sample);
    return tensor;
  }
  const flat = dimsForCount(tensor.size, spec.dims);
  if (flat === undefined) throw shapeMismatch(dims, spec, sample);
  return tensor.reshaped(flat);
}

function normalized(
  picture: Pixels,
  plan: PixelPlan,
  planar: boolean,
  spec: InputSpec,
  sample: string,
): Float64Array {
  const { channels, values } = picture;
  const area = picture.height * picture.width;
  const out = new Float64Array(values.length);
  for (let channel = 0; channel < channels; channel++) {
    const from = plan.color === 'bgr' ? channels - 1 - channel : channel;
    const mean = perChannel(plan.mean, channel, channels, 'mean', spec);
    const std = perChannel(plan.std, channel, channels, 'std', spec);
    for (let i = 0; i < area; i++) {
      out[planar ? channel * area + i : i * channels + channel] =
        (values[i * channels + from]! * plan.scale - mean) / std;
    }
  }
  if (isInteger(spec.dtype)) roundInto(out, spec.dtype);
  else if (!isFloat(spec.dtype)) {
    throw new InferOptError(
      'data',
      `sample ${sample}, input "${spec.name}": pixels cannot become ${spec.dtype}`,
    );
  }
  return out;
}

function perChannel(
  list: readonly number[],
  channel: number,
  channels: number,
  field: string,
  spec: InputSpec,
): number {
  if (list.length !== 1 && list.length !== channels) {
    throw new InferOptError(
      'usage',
      `input "${spec.name}": ${field} has ${list.length} values for ${channels} channels`,
    );
  }
  return list.length === 1 ? list[0]! : list[channel]!;
}

/** Integer inputs take the nearest value of their range. */
function roundInto(values: Float64Array, dtype: DType): void {
  const { least, most } = integerRange(dtype);
  for (let i = 0; i < values.length; i++) values[i] = Math.min(most, Math.max(least, Math.round(values[i]!)));
}
