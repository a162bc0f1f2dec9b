import { InferOptError } from '../errors.js';
import { dtypeBits } from '../tensor/dtype.js';
import { elementCount, Tensor } from '../tensor/tensor.js';

/** The places of one axis, in their order. */
export function takePlaces(tensor: Tensor, axis: number, places: Int32Array): Tensor {
  const width = dtypeBits(tensor.dtype) / 8;
  if (!Number.isInteger(width) || width === 0) {
    throw new InferOptError('internal', `elements of ${tensor.dtype} cannot be taken one by one`);
  }
  const { dims } = tensor;
  const inner = elementCount(dims.slice(axis + 1)) * width;
  const outer = elementCount(dims.slice(0, axis));
  const length = dims[axis]!;
  const source = tensor.bytes();
  const target = new Uint8Array(outer * places.length * inner);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (const place of places) {
      const start = (o * length + place) * inner;
      target.set(source.subarray(start, start + inner), at);
      at += inner;
    }
  }
  const shrunk = dims.map((size, index) => (index === axis ? places.length : size));
  return Tensor.fromBytes(tensor.dtype, shrunk, target);
}
