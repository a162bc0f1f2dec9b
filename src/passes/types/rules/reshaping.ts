import type { Dim } from '../../../ir/types.js';
import {
  axesFrom,
  axesOf,
  isGiven,
  moving,
  tensor,
  unknownDims,
  type Site,
  type TypeRule,
  type TypeRules,
} from '../site.js';

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

/** Operators that keep every element and change the dims that it stands in. */
export const reshapingRules: TypeRules = {
  Reshape: (site) => [tensor(site.dtype(0), reshaped(site))],
  Flatten: moving(flattened),
  Squeeze: moving(squeezed),
  Unsqueeze: moving(unsqueezed),
  Transpose: moving(transposed),
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
