import type { Value } from '../../../ir/value.js';
import { elementCount, Tensor } from '../../../tensor/tensor.js';
import type { Emitter } from '../../graph/emitter.js';
import type { ConvolutionSite, WeightForm } from './forms.js';
import { convSettings, spareOf, type WindowGeometry } from './geometry.js';

/**
 * The gradient of the weights is the product of the result's gradient [N, G, O/G, places] with the unfolded
 * image [N, G, C/G * kernel, places], summed over samples and places. The forms differ in how they unfold.
 */
function product(site: ConvolutionSite, gradient: Value, unfolded: Value): Value {
  const { emitter, groups, image, weight, result } = site;
  const places = elementCount(result.slice(2));
  const columns = elementCount(weight.slice(1));
  const split = groups === 1 ? [] : [groups];
  const rows = weight[0]! / groups;
  const left = emitter.reshape(gradient, [image[0]!, ...split, rows, places]);
  const right = emitter.reshape(unfolded, [image[0]!, ...split, columns, places]);
  const products = emitter.matmul(left, right, { turnB: true });
  return emitter.reshape(emitter.sum(products, [0], false), weight);
}

/** By a Conv whose kernels are all zeros but a one each: every channel gives one image a place of the kernel. */
export const unfoldByConvolution: WeightForm = {
  name: 'unfold-by-convolution',
  fits: () => true,
  build(site, image, gradient) {
    const { emitter, geometry, image: dims, result } = site;
    const unfolded = unfold(emitter, image, geometry, [dims[0]!, dims[1]!, ...result.slice(2)]);
    return product(site, gradient, unfolded);
  },
};

/** What every place of the kernel sees of an image, channel by channel: dims [N, C * places of the kernel, ...]. */
function unfold(
  emitter: Emitter,
  image: Value,
  geometry: WindowGeometry,
  [samples, channels, ...places]: readonly [number, number, ...number[]],
): Value {
  const taps = elementCount(geometry.kernel);
  const ones = new Float32Array(channels * taps * taps);
  for (let i = 0; i < channels * taps; i++) ones[i * taps + (i % taps)] = 1;
  const kernels = emitter.tensor(Tensor.float32([channels * taps, 1, ...geometry.kernel], ones));
  const dims = [samples, channels * taps, ...places];
  return emitter.emit('Conv', [image, kernels], dims, convSettings(geometry, channels));
}

/** By cutting the image out of itself at every place of the kernel, one beside the other. */
export const unfoldBySlices: WeightForm = {
  name: 'unfold-by-slices',
  fits: ({ groups }) => groups === 1,
  build(site, image, gradient) {
    const { emitter, image: dims, weight, result } = site;
    // Channels come last of all places: [N, taps, C, ...] is the order of the parts.
    const unfolded = emitter.concat(slices(site, image), 1);
    const taps = elementCount(site.geometry.kernel);
    const turned = { ...site, weight: [weight[0]!, taps * dims[1]!], result };
    const found = emitter.reshape(product(turned, gradient, unfolded), [weight[0]!, taps, dims[1]!]);
    return emitter.reshape(emitter.transpose(found, [0, 2, 1]), weight);
  },
};

/** One product a place of the kernel: nothing is put side by side. */
export const productPerTap: WeightForm = {
  name: 'product-per-tap',
  fits: ({ groups }) => groups === 1,
  build(site, image, gradient) {
    const { emitter, image: dims, weight, result } = site;
    const places = elementCount(result.slice(2));
    const left = emitter.reshape(gradient, [dims[0]!, weight[0]!, places]);
    const products = slices(site, image).map((part) => {
      const right = emitter.reshape(part, [dims[0]!, dims[1]!, places]);
      return emitter.matmul(left, right, { turnB: true });
    });
    const taps = products.length;
    const sums = emitter.sum(emitter.concat(products, 2), [0], false);
    const turned = emitter.transpose(emitter.reshape(sums, [weight[0]!, taps, dims[1]!]), [0, 2, 1]);
    return emitter.reshape(turned, weight);
  },
};

/**
 * The image unfolded along rows only, against the gradient once for each row of the kernel, moved down by that many rows:
 * three copies of each for a 3x3 kernel, not nine of the image, and products that are nearer to square.
 */
export const unfoldRows: WeightForm = {
  name: 'unfold-rows',
  fits: ({ groups, geometry: { kernel, strides } }) =>
    groups === 1 && kernel.length === 2 && kernel[0]! > 1 && strides[0] === 1,
  build(site, image, gradient) {
    const { emitter, geometry, image: dims, weight, result } = site;
    const { kernel, begins, ends, dilations } = geometry;
    const [rows, columns] = kernel as [number, number];
    const height = dims[2]! + begins[0]! + ends[0]!;
    const places = height * result[3]!;
    const along = { ...geometry, kernel: [1, columns] };
    const left = Array.from({ length: rows }, (_, row) => {
      const above = row * dilations[0]!;
      const moved = emitter.pad(gradient, [0, 0, above, 0], [0, 0, height - result[2]! - above, 0]);
      return emitter.reshape(moved, [dims[0]!, weight[0]!, places]);
    });
    const unfolded = unfold(emitter, image, along, [dims[0]!, dims[1]!, height, result[3]!]);
    const right = emitter.reshape(unfolded, [dims[0]!, dims[1]! * columns, places]);
    const products = emitter.matmul(emitter.concat(left, 1), right, { turnB: true });
    const sums = emitter.reshape(emitter.sum(products, [0], false), [rows, weight[0]!, dims[1]!, columns]);
    return emitter.transpose(sums, [1, 2, 0, 3]);
  },
};

/** One large Conv: samples and channels change places, stride becomes dilation. */
export const oneConvolution: WeightForm = {
  name: 'one-convolution',
  fits: ({ groups, image }) => groups === 1 && image.length === 4,
  build(site, image, gradient) {
    const { emitter, geometry, image: dims, weight, result } = site;
    const swap = dims.map((_, axis) => (axis < 2 ? 1 - axis : axis));
    const spare = spareOf(geometry, dims.slice(2), result.slice(2));
    const turned = {
      kernel: result.slice(2),
      strides: geometry.dilations,
      dilations: geometry.strides,
      begins: geometry.begins,
      ends: geometry.ends,
    };
    const sizes = geometry.kernel.map(
      (size, axis) => size + Math.floor(spare[axis]! / geometry.dilations[axis]!),
    );
    const full = emitter.emit(
      'Conv',
      [emitter.transpose(image, swap), emitter.transpose(gradient, swap)],
      [dims[1]!, weight[0]!, ...sizes],
      convSettings(turned, 1),
    );
    const axes = geometry.kernel.map((_, axis) => axis + 2);
    const cut = { axes, starts: axes.map(() => 0), ends: geometry.kernel };
    return emitter.transpose(emitter.slice(full, cut), swap);
  },
};

/** The image that each place of the kernel sees, in the order of the kernel, each in the size of the result. */
function slices({ emitter, geometry, image: dims, result }: ConvolutionSite, image: Value): Value[] {
  const { kernel, strides, dilations, begins, ends } = geometry;
  const padded = emitter.pad(image, [0, 0, ...begins], [0, 0, ...ends]);
  const axes = kernel.map((_, axis) => axis + 2);
  const whole = result.slice(2).every((size, axis) => size === dims[axis + 2] && strides[axis] === 1);
  if (elementCount(kernel) === 1 && whole && padded === image) return [image];
  return Array.from({ length: elementCount(kernel) }, (_, tap) => {
    const starts = placeOf(tap, kernel).map((at, axis) => at * dilations[axis]!);
    const last = starts.map((start, axis) => start + (result[axis + 2]! - 1) * strides[axis]! + 1);
    return emitter.slice(padded, { axes, starts, ends: last, steps: strides });
  });
}

/** The place along each axis of element `index` in row-major order. */
function placeOf(index: number, dims: readonly number[]): number[] {
  const place = new Array<number>(dims.length);
  for (let axis = dims.length - 1, rest = index; axis >= 0; axis--) {
    place[axis] = rest % dims[axis]!;
    rest = Math.floor(rest / dims[axis]!);
  }
  return place;
}

/** The first one fits everything. */
export const weightForms: readonly WeightForm[] = [
  unfoldByConvolution,
  unfoldRows,
  productPerTap,
  unfoldBySlices,
  oneConvolution,
];
