import type { Dim, ValueType } from '../../../ir/types.js';
import { dtypeFromCode, type DType } from '../../../tensor/dtype.js';
import {
  axesFrom,
  axesOf,
  axisOf,
  boundsOf,
  isGiven,
  numbers,
  tensor,
  unknownDims,
  type Site,
  type TypeRule,
  type TypeRules,
} from '../site.js';
import { atMost, broadcast } from './elementwise.js';

/** One output of the first input's element type. */
function moving(dims: (site: Site, input: readonly Dim[]) => readonly Dim[] | undefined): TypeRule {
  return (site) => {
    const input = site.dims(0);
    return [tensor(site.dtype(0), input === undefined ? undefined : dims(site, input))];
  };
}

/** Zeros copy a dim, -1 is what is left. The rank is known as soon as the length of the target is. */
function reshaped(site: Site): readonly Dim[] | undefined {
  const input = site.dims(0);
  const attribute = site.node.ints('shape');
  const target = attribute ?? site.integers(1)?.elements;
  const { symbolic } = site;
  if (target === undefined) {
    const length = site.dims(1)?.[0];
    return typeof length === 'number' ? unknownDims(length) : undefined;
  }
  const copies = site.node.int('allowzero', 0) === 0;
  const dims = target.map((length, axis) => (length === 0 && copies ? input?.[axis] : length));
  const open = target.indexOf(-1);
  if (open < 0) return dims.some((dim) => typeof dim === 'number' && dim < 0) ? undefined : dims;
  const rest = symbolic.product(dims.filter((_, axis) => axis !== open));
  dims[open] = input === undefined ? undefined : symbolic.divideEvenly(symbolic.product(input), rest);
  return dims;
}

function flattened({ node, symbolic }: Site, input: readonly Dim[]): readonly Dim[] | undefined {
  const axis = node.int('axis', 1);
  const at = axis < 0 ? axis + input.length : axis;
  return [symbolic.product(input.slice(0, at)), symbolic.product(input.slice(at))];
}

function squeezed(site: Site, input: readonly Dim[]): readonly Dim[] | undefined {
  const given = axesOf(site, 1);
  if (given === undefined && isGiven(site, 1)) return undefined;
  // Without axes every 1 goes: a length that is not known may be one.
  if (given === undefined)
    return input.every((dim) => typeof dim === 'number') ? input.filter((dim) => dim !== 1) : undefined;
  const axes = axesFrom(given, input.length);
  return axes === undefined ? undefined : input.filter((_, axis) => !axes.includes(axis));
}

function unsqueezed(site: Site, input: readonly Dim[]): readonly Dim[] | undefined {
  const given = axesOf(site, 1);
  const rank = input.length + (given?.length ?? 0);
  const axes = given === undefined ? undefined : axesFrom(given, rank);
  if (axes === undefined || new Set(axes).size !== axes.length) return undefined;
  const rest = [...input];
  return Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()));
}

function transposed({ node }: Site, input: readonly Dim[]): readonly Dim[] | undefined {
  const perm = node.ints('perm');
  if (perm === undefined) return [...input].reverse();
  return perm.length === input.length ? perm.map((axis) => input[axis]) : undefined;
}

const concatenated: TypeRule = (site) => {
  const all = site.node.inputs.map((_, index) => site.dims(index));
  const dtype = site.node.inputs.map((_, index) => site.dtype(index)).find((one) => one !== undefined);
  const known = all.find((dims) => dims !== undefined);
  const at = known === undefined ? undefined : axisOf(site.node.int('axis', 1), known.length);
  if (known === undefined || at === undefined) return [tensor(dtype, undefined)];
  const along = all.map((dims) => dims?.[at]).reduce((sum, dim) => site.symbolic.add(sum, dim), 0);
  const dims = known.map((_, axis) => (axis === at ? along : mostPrecise(all.map((one) => one?.[axis]))));
  return [tensor(dtype, dims)];
};

/** Of lengths that must be equal. */
function mostPrecise(dims: readonly Dim[]): Dim {
  return dims.find((dim) => typeof dim === 'number') ?? dims.find((dim) => dim !== undefined);
}

const split: TypeRule = (site) => {
  const input = site.dims(0);
  const dtype = site.dtype(0);
  const count = site.node.outputs.length;
  const at = input === undefined ? undefined : axisOf(site.node.int('axis', 0), input.length);
  if (input === undefined || at === undefined) return site.node.outputs.map(() => tensor(dtype, undefined));
  const given = site.node.ints('split') ?? numbers(site, 1);
  const length = input[at];
  const equal = Math.ceil(typeof length === 'number' ? length / count : NaN);
  return site.node.outputs.map((_, index): ValueType | undefined => {
    const own =
      given?.[index] ??
      (isGiven(site, 1)
        ? undefined
        : Number.isNaN(equal)
          ? site.opset < 18
            ? site.symbolic.divideEvenly(length, count)
            : undefined
          : Math.max(0, Math.min(equal, (length as number) - index * equal)));
    return tensor(
      dtype,
      input.map((dim, axis) => (axis === at ? own : dim)),
    );
  });
};

function sliced(site: Site, input: readonly Dim[]): readonly Dim[] | undefined {
  const byInputs = site.opset >= 10;
  const starts = boundsOf(site, 1, 'starts');
  const ends = boundsOf(site, 2, 'ends');
  const count = starts?.length ?? ends?.length;
  const axesKnown = byInputs ? numbers(site, 3) : site.node.ints('axes');
  if (axesKnown === undefined && byInputs && isGiven(site, 3)) return unknownDims(input.length);
  const axes = axesKnown ?? (count === undefined ? undefined : Array.from({ length: count }, (_, i) => i));
  const steps = byInputs && isGiven(site, 4) ? numbers(site, 4) : axes?.map(() => 1);
  if (axes === undefined) return unknownDims(input.length);
  const dims = [...input];
  axes.forEach((given, index) => {
    const axis = axisOf(given, input.length);
    if (axis === undefined) return;
    dims[axis] = slicedDim(site, input[axis], starts?.[index], ends?.[index], steps?.[index]);
  });
  return dims;
}

function slicedDim({ symbolic }: Site, length: Dim, start: Dim, end: Dim, step: number | undefined): Dim {
  if (
    typeof start === 'number' &&
    typeof length === 'number' &&
    typeof end === 'number' &&
    step !== undefined
  ) {
    const low = step > 0 ? 0 : -1;
    const clamp = (at: number, least: number, most: number): number =>
      Math.min(Math.max(at < 0 ? at + length : at, least), most);
    const from = clamp(start, 0, step > 0 ? length : length - 1);
    const to = clamp(end, low, length);
    return Math.max(0, Math.ceil((to - from) / step));
  }
  if (step !== 1 || length === undefined) return undefined;
  const toEnd = end === length || (typeof end === 'number' && end >= 2 ** 31 - 1);
  if (start === 0 && toEnd) return length;
  // The first elements, as many as are asked for: only where it is certain that there are so many.
  if (start === 0 && typeof end === 'string' && isSumWith(symbolic, length, end)) return end;
  if (start === 0 && typeof end === 'string' && typeof length === 'number') return atMost(end, length);
  return undefined;
}

/** True when `whole` is `part` plus something that is never negative: another length. */
function isSumWith(symbolic: Site['symbolic'], whole: Dim, part: Dim): boolean {
  const rest = symbolic.subtract(whole, part);
  return typeof rest === 'number' ? rest >= 0 : rest !== undefined && !rest.includes('-');
}

const gather: TypeRule = (site) => {
  const data = site.dims(0);
  const indices = site.dims(1);
  const at = data === undefined ? undefined : axisOf(site.node.int('axis', 0), data.length);
  if (data === undefined || indices === undefined || at === undefined)
    return [tensor(site.dtype(0), undefined)];
  return [tensor(site.dtype(0), [...data.slice(0, at), ...indices, ...data.slice(at + 1)])];
};

const gatherElements: TypeRule = (site) => [tensor(site.dtype(0), site.dims(1))];

const gatherNd: TypeRule = (site) => {
  const data = site.dims(0);
  const indices = site.dims(1);
  const depth = indices?.at(-1);
  if (data === undefined || indices === undefined || typeof depth !== 'number')
    return [tensor(site.dtype(0), undefined)];
  const batch = site.node.int('batch_dims', 0);
  return [tensor(site.dtype(0), [...indices.slice(0, -1), ...data.slice(batch + depth)])];
};

function expanded(site: Site, input: readonly Dim[]): readonly Dim[] | undefined {
  return broadcast([input, site.integers(1)?.elements ?? lengthOnly(site, 1)]);
}

function lengthOnly(site: Site, index: number): Dim[] | undefined {
  const length = site.dims(index)?.[0];
  return typeof length === 'number' ? unknownDims(length) : undefined;
}

function tiled(site: Site, input: readonly Dim[]): readonly Dim[] | undefined {
  if (site.opset < 6) return undefined;
  const repeats = site.integers(1)?.elements;
  if (repeats === undefined) return unknownDims(input.length);
  return input.map((dim, axis) => site.symbolic.multiply(dim, repeats[axis]));
}

function padded(site: Site, input: readonly Dim[]): readonly Dim[] | undefined {
  const byInput = site.opset >= 11;
  const pads = byInput ? site.integers(1)?.elements : (site.node.ints('pads') ?? site.node.ints('paddings'));
  if (pads === undefined) return unknownDims(input.length);
  const given = byInput && isGiven(site, 3) ? numbers(site, 3) : input.map((_, axis) => axis);
  const axes = given === undefined ? undefined : axesFrom(given, input.length);
  if (axes === undefined) return unknownDims(input.length);
  const dims = [...input];
  axes.forEach((axis, index) => {
    const both = site.symbolic.add(pads[index], pads[index + axes.length]);
    dims[axis] = site.symbolic.add(input[axis], both);
  });
  return dims;
}

function resized(site: Site, input: readonly Dim[]): readonly Dim[] | undefined {
  const upsample = site.node.opType === 'Upsample';
  const sizesAt = upsample || site.opset < 11 ? undefined : 3;
  const axes = site.node.ints('axes');
  const policy = site.node.string('keep_aspect_ratio_policy', 'stretch');
  if (sizesAt !== undefined && isGiven(site, sizesAt)) {
    const sizes = site.integers(sizesAt)?.elements;
    const known = axes === undefined && policy === 'stretch' && sizes?.length === input.length;
    return known ? sizes : unknownDims(input.length);
  }
  const scalesInput = upsample || site.opset < 11 ? 1 : 2;
  const constant = site.node.inputs[scalesInput]?.constant;
  const scales =
    constant?.dtype === 'float32' && !site.node.inputs[scalesInput]!.isGraphInput
      ? Array.from(constant.toFloat32())
      : site.node.floats('scales');
  if (axes !== undefined || scales?.length !== input.length) return unknownDims(input.length);
  const crops = site.node.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize';
  if (crops) return unknownDims(input.length);
  return input.map((dim, axis) =>
    scales[axis] === 1
      ? dim
      : typeof dim === 'number'
        ? Math.floor(Math.fround(dim * scales[axis]!))
        : undefined,
  );
}

const constantOfShape: TypeRule = (site) => {
  const dtype: DType = site.node.tensor('value')?.dtype ?? 'float32';
  const known = site.integers(0)?.elements;
  return [tensor(dtype, known ?? lengthOnly(site, 0))];
};

const constant: TypeRule = ({ node }) => {
  for (const [name, found] of node.attributes) {
    if (found.kind === 'tensor') return [tensor(found.value.dtype, found.value.dims)];
    if (name === 'value_float') return [tensor('float32', [])];
    if (name === 'value_int') return [tensor('int64', [])];
    if (name === 'value_string') return [tensor('string', [])];
    if (found.kind === 'floats') return [tensor('float32', [found.value.length])];
    if (found.kind === 'ints') return [tensor('int64', [found.value.length])];
    if (found.kind === 'strings') return [tensor('string', [found.value.length])];
  }
  return [undefined];
};

const shape: TypeRule = (site) => {
  const rank = site.dims(0)?.length;
  if (rank === undefined) return [tensor('int64', [undefined])];
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + rank : at, 0), rank);
  const length = clamp(site.node.int('end', rank)) - clamp(site.node.int('start', 0));
  return [tensor('int64', [Math.max(0, length)])];
};

const range: TypeRule = (site) => {
  const [start, limit, delta] = [0, 1, 2].map((index) => site.integers(index)?.elements[0]);
  if (delta !== 1) return [tensor(site.dtype(0), [undefined])];
  const length = site.symbolic.subtract(limit, start);
  const known = typeof length === 'number' ? Math.max(0, length) : start === 0 ? length : undefined;
  return [tensor(site.dtype(0), [known])];
};

const depthToSpace: TypeRule = moving(({ node, symbolic }, [n, c, h, w]) => {
  const size = node.int('blocksize', 1);
  return [n, symbolic.divideEvenly(c, size * size), symbolic.multiply(h, size), symbolic.multiply(w, size)];
});

const spaceToDepth: TypeRule = moving(({ node, symbolic }, [n, c, h, w]) => {
  const size = node.int('blocksize', 1);
  return [
    n,
    symbolic.multiply(c, size * size),
    symbolic.divideEvenly(h, size),
    symbolic.divideEvenly(w, size),
  ];
});

const oneHot: TypeRule = (site) => {
  const indices = site.dims(0);
  if (indices === undefined) return [tensor(site.dtype(2), undefined)];
  const axis = site.node.int('axis', -1);
  const at = axis < 0 ? axis + indices.length + 1 : axis;
  const depth = site.integers(1)?.elements[0];
  return [tensor(site.dtype(2), [...indices.slice(0, at), depth, ...indices.slice(at)])];
};

const nonZero: TypeRule = (site) => [tensor('int64', [site.dims(0)?.length, undefined])];

const eyeLike: TypeRule = (site) => {
  const code = site.node.int('dtype', 0);
  return [tensor(code === 0 ? site.dtype(0) : dtypeFromCode(code), site.dims(0))];
};

export const movementRules: TypeRules = {
  Reshape: (site) => [tensor(site.dtype(0), reshaped(site))],
  Flatten: moving(flattened),
  Squeeze: moving(squeezed),
  Unsqueeze: moving(unsqueezed),
  Transpose: moving(transposed),
  Concat: concatenated,
  Split: split,
  Slice: moving(sliced),
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  Expand: moving(expanded),
  Tile: moving(tiled),
  Pad: moving(padded),
  Resize: moving(resized),
  Upsample: moving(resized),
  ConstantOfShape: constantOfShape,
  Constant: constant,
  Shape: shape,
  Size: () => [tensor('int64', [])],
  Range: range,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  OneHot: oneHot,
  NonZero: nonZero,
  EyeLike: eyeLike,
};
