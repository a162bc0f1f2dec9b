import type { Dim, ValueType } from '../../../ir/types.js';
import {
  axisOf,
  boundsOf,
  isGiven,
  moving,
  numbers,
  tensor,
  unknownDims,
  type Site,
  type TypeRule,
  type TypeRules,
} from '../site.js';
import { atMost } from './elementwise.js';

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

/** Operators that take elements out, or put them side by side. */
export const selectingRules: TypeRules = {
  Concat: concatenated,
  Split: split,
  Slice: moving(sliced),
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
};
