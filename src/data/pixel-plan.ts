import { InferOptError } from '../errors.js';
import type { InputDescription } from './description.js';
import { isKnown, specText } from './fit.js';
import type { InputSpec } from './types.js';

/** A description of pixels with everything decided that the description left to the model's input. */
export interface PixelPlan {
  readonly arrayLayout: 'hwc' | 'chw' | 'hw' | undefined;
  readonly resize: number | readonly [number, number] | undefined;
  readonly crop: readonly [number, number] | undefined;
  /** Undefined keeps the channels of the array. */
  readonly color: 'rgb' | 'bgr' | 'gray' | undefined;
  readonly layout: 'nchw' | 'nhwc' | 'flat';
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** True where a description speaks of pixels, so that an array is taken for a picture. */
export function speaksOfPixels(description: InputDescription): boolean {
  const { array_layout, resize, crop, color, layout } = description;
  return [array_layout, resize, crop, color, layout].some((field) => field !== undefined);
}

/** Decides the layout by the place of 1 or 3 channels in the model's input; undefined where neither or both fit. */
export function layoutOf({ dims }: InputSpec): 'nchw' | 'nhwc' | undefined {
  if (dims?.length !== 4) return undefined;
  const channelsAt = (axis: number): boolean => dims[axis] === 3 || dims[axis] === 1;
  if (channelsAt(1) === channelsAt(3)) return undefined;
  return channelsAt(1) ? 'nchw' : 'nhwc';
}

/** Height and width that the model fixes, if it does. */
export function pictureSizeOf(
  { dims }: InputSpec,
  layout: 'nchw' | 'nhwc',
): readonly [number, number] | undefined {
  const [height, width] = layout === 'nchw' ? [dims?.[2], dims?.[3]] : [dims?.[1], dims?.[2]];
  return isKnown(height) && isKnown(width) ? [height, width] : undefined;
}

/** Throws `usage` where the layout is not said and the input does not show it, or a std is zero. */
export function planPixels(description: InputDescription, spec: InputSpec, fromPictures: boolean): PixelPlan {
  const layout = description.layout ?? layoutOf(spec);
  if (layout === undefined) {
    throw new InferOptError(
      'usage',
      `input "${spec.name}" is ${specText(spec)}: say "layout: nchw", nhwc or flat`,
    );
  }
  const std = asList(description.std ?? 1);
  if (std.some((value) => value === 0))
    throw new InferOptError('usage', `input "${spec.name}": std must not be zero`);
  const crop = description.crop;
  const modelChannels = layout === 'flat' ? undefined : spec.dims?.[layout === 'nchw' ? 1 : 3];
  return {
    arrayLayout: description.array_layout?.replace('n', '') as PixelPlan['arrayLayout'],
    resize: description.resize,
    crop: typeof crop === 'number' ? [crop, crop] : crop,
    color: description.color ?? (fromPictures && modelChannels === 1 ? 'gray' : undefined),
    layout,
    scale: description.scale ?? 1,
    mean: asList(description.mean ?? 0),
    std,
  };
}

function asList(value: number | readonly number[]): readonly number[] {
  return typeof value === 'number' ? [value] : value;
}
