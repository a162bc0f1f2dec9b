import { elementCount, Tensor } from '../../tensor/tensor.js';
import { axesFrom, axisOf } from '../types/site.js';
import { integers, mostElements, type ConstantRule, type ConstantSite } from './site.js';
import { broadcastDims, broadcastView, copyOf, roomFor, wholeOf, wordsOf } from './view.js';

/** Operators that move elements and compute nothing. */
export const movementConstants: Readonly<Record<string, ConstantRule>> = {
  Identity: ({ inputs: [data] }) => data,
  Reshape: (site) => {
    const [data] = site.inputs;
    const target = site.node.ints('shape') ?? integers(site, 1);
    if (data === undefined || target === undefined) return undefined;
    const copies = site.node.int('allowzero', 0) === 0;
    const dims = target.map((length, axis) => (length === 0 && copies ? (data.dims[axis] ?? NaN) : length));
    const rest = dims.indexOf(-1);
    if (rest >= 0) dims[rest] = data.size / -elementCount(dims);
    return withDims(data, dims);
  },
  Unsqueeze: (site) => {
    const [data] = site.inputs;
    const given = axesOf(site);
    if (data === undefined || given === undefined) return undefined;
    const rank = data.dims.length + given.length;
    const axes = axesFrom(given, rank);
    if (axes === undefined || new Set(axes).size !== axes.length) return undefined;
    const rest = data.dims.values();
    return withDims(
      data,
      Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (rest.next().value ?? NaN))),
    );
  },
  Squeeze: (site) => {
    const [data] = site.inputs;
    if (data === undefined) return undefined;
    const none = site.node.ints('axes') === undefined && site.node.inputs[1] === undefined;
    const given = none ? undefined : axesOf(site);
    if (!none && given === undefined) return undefined;
    const axes = given === undefined ? undefined : axesFrom(given, data.dims.length);
    if (given !== undefined && axes === undefined) return undefined;
    return withDims(
      data,
      data.dims.filter((length, axis) => (axes === undefined ? length !== 1 : !axes.includes(axis))),
    );
  },
  Transpose: ({ node, inputs: [data] }) => {
    if (data === undefined || data.size > mostElements) return undefined;
    const whole = wholeOf(data.dims);
    const order = node.ints('perm') ?? data.dims.map((_, axis) => data.dims.length - 1 - axis);
    if (order.length !== data.dims.length) return undefined;
    return copyOf(data, {
      dims: order.map((axis) => data.dims[axis]!),
      strides: order.map((axis) => whole.strides[axis]!),
      start: 0,
    });
  },
  Expand: (site) => {
    const [data] = site.inputs;
    const target = integers(site, 1);
    const dims = data === undefined || target === undefined ? undefined : broadcastDims(data.dims, target);
    if (data === undefined || dims === undefined || !isSmall(dims)) return undefined;
    const view = broadcastView(wholeOf(data.dims), dims);
    return view === undefined ? undefined : copyOf(data, view);
  },
  Slice: slice,
  Gather: gather,
  Concat: concat,
  ConstantOfShape: (site) => {
    const dims = integers(site, 0);
    const fill = site.node.tensor('value') ?? Tensor.float32([1], [0]);
    if (dims === undefined || !isSmall(dims) || fill.size !== 1) return undefined;
    return copyOf(fill, { dims, strides: dims.map(() => 0), start: 0 });
  },
};

function slice(site: ConstantSite): Tensor | undefined {
  const [data] = site.inputs;
  if (data === undefined) return undefined;
  const old = site.opset < 10;
  const starts = old ? site.node.ints('starts') : integers(site, 1);
  const ends = old ? site.node.ints('ends') : integers(site, 2);
  const given = old ? site.node.ints('axes') : integers(site, 3);
  const steps = old ? undefined : integers(site, 4);
  if (starts === undefined || ends?.length !== starts.length) return undefined;
  if (
    !old &&
    [3, 4].some((index) => site.node.inputs[index] !== undefined && site.inputs[index] === undefined)
  )
    return undefined;
  const axes = axesFrom(given ?? starts.map((_, axis) => axis), data.dims.length);
  if (axes?.length !== starts.length || new Set(axes).size !== axes.length) return undefined;
  const whole = wholeOf(data.dims);
  const dims = [...data.dims];
  const strides = [...whole.strides];
  let first = 0;
  for (const [index, axis] of axes.entries()) {
    const length = data.dims[axis]!;
    const step = steps?.[index] ?? 1;
    if (step === 0) return undefined;
    const [lowest, highest] = step > 0 ? [0, length] : [-1, length - 1];
    const bound = (place: number): number =>
      Math.min(Math.max(place < 0 ? place + length : place, lowest), highest);
    const start = Math.max(bound(starts[index]!), 0);
    dims[axis] = length === 0 ? 0 : Math.max(Math.ceil((bound(ends[index]!) - start) / step), 0);
    first += start * whole.strides[axis]!;
    strides[axis] = step * whole.strides[axis]!;
  }
  return isSmall(dims) ? copyOf(data, { dims, strides, start: first }) : undefined;
}

function gather(site: ConstantSite): Tensor | undefined {
  const [data, places] = site.inputs;
  const indices = integers(site, 1);
  if (data === undefined || places === undefined || indices === undefined) return undefined;
  const axis = axisOf(site.node.int('axis', 0), data.dims.length);
  if (axis === undefined) return undefined;
  const length = data.dims[axis]!;
  const inner = elementCount(data.dims.slice(axis + 1));
  const outer = elementCount(data.dims.slice(0, axis));
  const words = wordsOf(data);
  if (words === undefined || outer * indices.length * inner > mostElements) return undefined;
  if (indices.some((index) => index < -length || index >= length)) return undefined;
  const copy = roomFor(words, outer * indices.length * inner);
  const run = inner * words.unit;
  let to = 0;
  for (let block = 0; block < outer; block++) {
    for (const index of indices) {
      const from = (block * length + (index < 0 ? index + length : index)) * run;
      copy.set(words.array.subarray(from, from + run), to);
      to += run;
    }
  }
  const dims = [...data.dims.slice(0, axis), ...places.dims, ...data.dims.slice(axis + 1)];
  return Tensor.of(data.dtype, dims, copy);
}

function concat(site: ConstantSite): Tensor | undefined {
  const parts = site.inputs.filter((part) => part !== undefined);
  const [first] = parts;
  if (first === undefined || parts.length !== site.node.inputs.length) return undefined;
  const axis = axisOf(site.node.int('axis', 1), first.dims.length);
  if (axis === undefined) return undefined;
  const same = parts.every(
    ({ dtype, dims }) =>
      dtype === first.dtype &&
      dims.length === first.dims.length &&
      dims.every((length, at) => at === axis || length === first.dims[at]),
  );
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const words = parts.map(wordsOf);
  if (!same || size > mostElements || words[0] === undefined) return undefined;
  const copy = roomFor(words[0], size);
  const outer = elementCount(first.dims.slice(0, axis));
  let to = 0;
  for (let block = 0; block < outer; block++) {
    for (const part of words) {
      const run = part!.array.length / outer;
      copy.set(part!.array.subarray(block * run, (block + 1) * run), to);
      to += run;
    }
  }
  const length = parts.reduce((sum, { dims }) => sum + dims[axis]!, 0);
  return Tensor.of(first.dtype, first.dims.with(axis, length), copy);
}

function axesOf(site: ConstantSite): readonly number[] | undefined {
  return site.node.ints('axes') ?? integers(site, 1);
}

function isSmall(dims: readonly number[]): boolean {
  return dims.every((length) => length >= 0) && elementCount(dims) <= mostElements;
}

/** The same elements under other dims; undefined where these do not hold them. */
function withDims(data: Tensor, dims: readonly number[]): Tensor | undefined {
  const fits = dims.every((length) => Number.isInteger(length) && length >= 0);
  return fits && elementCount(dims) === data.size ? data.reshaped(dims) : undefined;
}
