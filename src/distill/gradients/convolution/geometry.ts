import type { Node } from '../../../ir/node.js';

/** How a window moves over the spatial axes of an image: of Conv, ConvTranspose and pools. */
export interface WindowGeometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

/**
 * The geometry of a window that takes steps over `image` and gives `result` (both spatial dims): what
 * `auto_pad` leaves open follows from these. For ConvTranspose the image is the output.
 */
export function geometryOf(
  node: Node,
  kernel: readonly number[],
  image: readonly number[],
  result: readonly number[],
): WindowGeometry {
  const ones = kernel.map(() => 1);
  const strides = node.ints('strides') ?? ones;
  const dilations = node.ints('dilations') ?? ones;
  const auto = node.string('auto_pad', 'NOTSET');
  const own = node.ints('pads') ?? kernel.map(() => 0).concat(kernel.map(() => 0));
  if (auto === 'NOTSET' || auto === '') {
    return {
      kernel,
      strides,
      dilations,
      begins: own.slice(0, kernel.length),
      ends: own.slice(kernel.length),
    };
  }
  const totals = kernel.map((size, axis) =>
    auto === 'VALID'
      ? 0
      : Math.max(0, (result[axis]! - 1) * strides[axis]! + dilations[axis]! * (size - 1) + 1 - image[axis]!),
  );
  const smaller = totals.map((total) => Math.floor(total / 2));
  const larger = totals.map((total, axis) => total - smaller[axis]!);
  const lower = auto === 'SAME_LOWER';
  return { kernel, strides, dilations, begins: lower ? larger : smaller, ends: lower ? smaller : larger };
}

/** Rows of pixels at the end of an image that no window reaches. */
export function spareOf(
  { kernel, strides, dilations, begins, ends }: WindowGeometry,
  image: readonly number[],
  result: readonly number[],
): number[] {
  return kernel.map((size, axis) => {
    const used = (result[axis]! - 1) * strides[axis]! + dilations[axis]! * (size - 1) + 1;
    return image[axis]! + begins[axis]! + ends[axis]! - used;
  });
}

/** The attributes of a Conv with this geometry. */
export function convSettings(geometry: WindowGeometry, group: number): Record<string, number | number[]> {
  return {
    group,
    kernel_shape: [...geometry.kernel],
    strides: [...geometry.strides],
    dilations: [...geometry.dilations],
    pads: [...geometry.begins, ...geometry.ends],
  };
}
