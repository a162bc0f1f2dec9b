import type { Value } from '../../../ir/value.js';
import type { ConvolutionSite, ImageForm } from './forms.js';
import { convSettings, spareOf, type WindowGeometry } from './geometry.js';

/** ConvTranspose, which is the gradient of Conv by definition. */
export const transposedConvolution: ImageForm = {
  name: 'transposed-convolution',
  fits: () => true,
  build({ emitter, geometry, groups, image, result }, weight, gradient) {
    const spare = spareOf(geometry, image.slice(2), result.slice(2));
    // Pixels that no window reached: the runtime takes them as output padding below the stride, else as zeros behind.
    const inside = spare.map((amount, axis) => Math.min(amount, geometry.strides[axis]! - 1));
    const behind = spare.map((amount, axis) => amount - inside[axis]!);
    const dims = image.map((dim, axis) => (axis < 2 ? dim : dim - behind[axis - 2]!));
    const settings = { ...convSettings(geometry, groups), output_padding: inside };
    const found = emitter.emit('ConvTranspose', [gradient, weight], dims, settings);
    return emitter.pad(
      found,
      image.map(() => 0),
      [0, 0, ...behind],
    );
  },
};

/** A Conv with the kernels turned around and inputs and outputs changed: for stride 1. */
export const flippedConvolution: ImageForm = {
  name: 'flipped-convolution',
  fits: ({ geometry, image, result }) =>
    geometry.strides.every((stride) => stride === 1) &&
    geometry.begins.every((begin, axis) => begin <= reach(geometry, axis)) &&
    geometry.ends.every((end, axis) => end <= reach(geometry, axis)) &&
    spareOf(geometry, image.slice(2), result.slice(2)).every((amount) => amount === 0),
  build(site, weight, gradient) {
    const { emitter, geometry, groups, image } = site;
    return emitter.emit(
      'Conv',
      [gradient, turned(site, weight)],
      image,
      convSettings(backwards(geometry), groups),
    );
  },
};

/** Weights with the places of the kernel in reverse, inputs and outputs changed. */
export function turned({ emitter, geometry, groups, weight: dims }: ConvolutionSite, weight: Value): Value {
  const rows = dims[0]! / groups;
  const { kernel } = geometry;
  const split = emitter.reshape(weight, [groups, rows, dims[1]!, ...kernel]);
  const swapped = emitter.transpose(split, [0, 2, 1, ...kernel.map((_, axis) => axis + 3)]);
  const merged = emitter.reshape(swapped, [groups * dims[1]!, rows, ...kernel]);
  return emitter.emit(
    'Slice',
    [
      merged,
      emitter.ints(kernel.map(() => -1)),
      emitter.ints(kernel.map(() => -(2 ** 31))),
      emitter.ints(kernel.map((_, axis) => axis + 2)),
      emitter.ints(kernel.map(() => -1)),
    ],
    emitter.dims(merged),
  );
}

/** The geometry of the Conv that goes back from the result to the image, for stride 1. */
export function backwards(geometry: WindowGeometry): WindowGeometry {
  return {
    ...geometry,
    begins: geometry.begins.map((begin, axis) => reach(geometry, axis) - begin),
    ends: geometry.ends.map((end, axis) => reach(geometry, axis) - end),
  };
}

function reach(
  { kernel, dilations }: { kernel: readonly number[]; dilations: readonly number[] },
  axis: number,
): number {
  return (kernel[axis]! - 1) * dilations[axis]!;
}

/** The first one fits everything. */
export const imageForms: readonly ImageForm[] = [transposedConvolution, flippedConvolution];
