import { elementCount, Tensor } from '../../tensor/tensor.js';
import type { Value } from '../../ir/value.js';
import type { Emitter } from '../graph/emitter.js';
import { geometryOf, type WindowGeometry } from './convolution/geometry.js';
import { transposedConvolution } from './convolution/image-forms.js';
import { outputGradient, type Gradient } from './gradient.js';

/** Every place of a window gets an equal share: a transposed convolution with ones, after dividing by how many there are. */
export const averagePool: Gradient = {
  operator: 'AveragePool',
  places: [0],
  refuses: (node) => (node.int('ceil_mode', 0) === 0 ? undefined : 'its windows may reach beyond the pads'),
  build(site) {
    const { node, emitter } = site;
    const dims = emitter.dims(node.inputs[0]!);
    const gradient = outputGradient(site);
    const result = emitter.dims(gradient).slice(2);
    const kernel = node.ints('kernel_shape')!;
    const geometry = geometryOf(node, kernel, dims.slice(2), result);
    const counts = countsOf(geometry, dims.slice(2), result, node.int('count_include_pad', 0) === 1);
    const shares = Tensor.float32(
      [1, 1, ...result],
      counts.map((count) => 1 / count),
    );
    return [spreadOver(emitter, emitter.mul(gradient, emitter.tensor(shares)), geometry, dims)];
  },
};

/** Adds each element to all places of its window. */
function spreadOver(
  emitter: Emitter,
  shares: Value,
  geometry: WindowGeometry,
  dims: readonly number[],
): Value {
  const result = emitter.dims(shares).slice(2);
  // Channels are samples of one channel each, so that one kernel of ones does.
  const samples = dims[0]! * dims[1]!;
  const weight = [1, 1, ...geometry.kernel];
  const ones = emitter.tensor(Tensor.float32(weight, new Float32Array(elementCount(weight)).fill(1)));
  const site = {
    emitter,
    geometry,
    groups: 1,
    image: [samples, 1, ...dims.slice(2)],
    weight,
    result: [samples, 1, ...result],
  };
  const flat = emitter.reshape(shares, site.result);
  return emitter.reshape(transposedConvolution.build(site, ones, flat), dims);
}

/** How many elements each window averages. */
function countsOf(
  { kernel, strides, dilations, begins }: WindowGeometry,
  image: readonly number[],
  result: readonly number[],
  pads: boolean,
): number[] {
  const alongAxis = kernel.map((size, axis) =>
    Array.from({ length: result[axis]! }, (_, at) => {
      if (pads) return size;
      const start = at * strides[axis]! - begins[axis]!;
      let inside = 0;
      for (let tap = 0; tap < size; tap++) {
        const place = start + tap * dilations[axis]!;
        if (place >= 0 && place < image[axis]!) inside += 1;
      }
      return inside;
    }),
  );
  return alongAxis.reduce((before, counts) => before.flatMap((a) => counts.map((b) => a * b)), [1]);
}
