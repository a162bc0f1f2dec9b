import { dtypeBits } from '../../tensor/dtype.js';
import { elementCount, Tensor } from '../../tensor/tensor.js';

/** A way through the elements of a tensor: dims, and how far one step along each goes, in elements. */
export interface View {
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  readonly start: number;
}

/** Elements as unsigned numbers, so that moving them changes no bit; `unit` of these are one element. */
export interface Words {
  readonly array: Uint8Array | Uint16Array | Uint32Array;
  readonly unit: number;
}

/** The elements of a tensor; undefined for packed types and strings. */
export function wordsOf(tensor: Tensor): Words | undefined {
  const bits = dtypeBits(tensor.dtype);
  if (bits < 8) return undefined;
  const width = Math.min(bits / 8, 4);
  const bytes = tensor.bytes();
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  const unit = bits / 8 / width;
  const length = tensor.size * unit;
  if (width === 1) return { array: new Uint8Array(buffer, byteOffset, length), unit };
  if (width === 2) return { array: new Uint16Array(buffer, byteOffset, length), unit };
  return { array: new Uint32Array(buffer, byteOffset, length), unit };
}

/** Room for so many elements of the same kind. */
export function roomFor({ array, unit }: Words, size: number): Words['array'] {
  return new (array.constructor as new (length: number) => Words['array'])(size * unit);
}

export function wholeOf(dims: readonly number[]): View {
  const strides = new Array<number>(dims.length);
  let stride = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= dims[axis]!;
  }
  return { dims, strides, start: 0 };
}

/** The same elements, repeated along dims of length 1 and new ones in front; undefined where they do not broadcast. */
export function broadcastView(view: View, dims: readonly number[]): View | undefined {
  const offset = dims.length - view.dims.length;
  if (offset < 0) return undefined;
  const strides = dims.map((length, axis) => {
    const own = view.dims[axis - offset];
    if (own === undefined) return 0;
    if (own === length) return view.strides[axis - offset]!;
    return own === 1 ? 0 : NaN;
  });
  return strides.some(Number.isNaN) ? undefined : { dims, strides, start: view.start };
}

/** The dims that two broadcast to; undefined where they do not. */
export function broadcastDims(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const dims: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    dims.push(left === 1 ? right : left);
  }
  return dims;
}

/** Where each element of a view stands in its source, in the order of the view. */
export function placesOf({ dims, strides, start }: View): Int32Array {
  const places = new Int32Array(elementCount(dims));
  const at = new Array<number>(dims.length).fill(0);
  let place = start;
  for (let index = 0; index < places.length; index++) {
    places[index] = place;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      at[axis]! += 1;
      place += strides[axis]!;
      if (at[axis]! < dims[axis]!) break;
      place -= strides[axis]! * dims[axis]!;
      at[axis] = 0;
    }
  }
  return places;
}

/** The elements of a view as a tensor of their own. */
export function copyOf(source: Tensor, view: View): Tensor | undefined {
  const words = wordsOf(source);
  if (words === undefined) return undefined;
  const { array, unit } = words;
  const places = placesOf(view);
  const copy = roomFor(words, places.length);
  for (let index = 0; index < places.length; index++) {
    for (let part = 0; part < unit; part++) copy[index * unit + part] = array[places[index]! * unit + part]!;
  }
  return Tensor.of(source.dtype, view.dims, copy);
}
