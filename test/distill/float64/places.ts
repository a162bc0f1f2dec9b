import type { Node } from '../../../src/ir/node.js';
import { count, fill, indexOf, placeOf, type Array64 } from './array.js';

const wrap = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

export function transpose(node: Node, x: Array64): Array64 {
  const perm = node.ints('perm') ?? x.dims.map((_, axis) => axis).reverse();
  return fill(
    perm.map((axis) => x.dims[axis]!),
    (place) =>
      x.data[
        indexOf(
          x.dims.map((_, axis) => place[perm.indexOf(axis)]!),
          x.dims,
        )
      ]!,
  );
}

export function concat(node: Node, parts: readonly Array64[]): Array64 {
  const axis = wrap(node.int('axis'), parts[0]!.dims.length);
  const dims = parts[0]!.dims.with(
    axis,
    parts.reduce((sum, part) => sum + part.dims[axis]!, 0),
  );
  return fill(dims, (place) => {
    let at = place[axis]!;
    for (const part of parts) {
      if (at < part.dims[axis]!) return part.data[indexOf(place.with(axis, at), part.dims)]!;
      at -= part.dims[axis]!;
    }
    throw new Error('beyond the parts');
  });
}

export function slice(
  x: Array64,
  starts: number[],
  ends: number[],
  axes: number[],
  steps: number[],
): Array64 {
  const rank = x.dims.length;
  const from = x.dims.map(() => 0);
  const by = x.dims.map(() => 1);
  const dims = [...x.dims];
  axes.forEach((said, i) => {
    const axis = wrap(said, rank);
    const length = x.dims[axis]!;
    const inside = (at: number) => Math.min(Math.max(at < 0 ? at + length : at, 0), length);
    from[axis] = inside(starts[i]!);
    by[axis] = steps[i]!;
    dims[axis] = Math.ceil((inside(ends[i]!) - from[axis]) / steps[i]!);
  });
  return fill(
    dims,
    (place) =>
      x.data[
        indexOf(
          place.map((at, a) => from[a]! + at * by[a]!),
          x.dims,
        )
      ]!,
  );
}

export function gather(node: Node, x: Array64, indices: Array64): Array64 {
  const axis = wrap(node.int('axis', 0), x.dims.length);
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
  return fill(dims, (place) => {
    const inner = place.slice(axis, axis + indices.dims.length);
    const said = indices.data[indexOf(inner, indices.dims)]!;
    const from = [
      ...place.slice(0, axis),
      wrap(said, x.dims[axis]!),
      ...place.slice(axis + indices.dims.length),
    ];
    return x.data[indexOf(from, x.dims)]!;
  });
}

export function pad(x: Array64, pads: readonly number[], value: number): Array64 {
  const rank = x.dims.length;
  return fill(
    x.dims.map((dim, axis) => dim + pads[axis]! + pads[axis + rank]!),
    (place) => {
      const from = place.map((at, axis) => at - pads[axis]!);
      if (from.some((at, axis) => at < 0 || at >= x.dims[axis]!)) return value;
      return x.data[indexOf(from, x.dims)]!;
    },
  );
}

/** Reduces axes with a function of the elements that become one. */
export function reduce(
  x: Array64,
  axes: readonly number[],
  keep: boolean,
  combine: (elements: number[]) => number,
): Array64 {
  const own = axes.map((axis) => wrap(axis, x.dims.length));
  const all = x.dims.map((dim, axis) => (own.includes(axis) ? 1 : dim));
  const groups = Array.from({ length: count(all) }, () => [] as number[]);
  x.data.forEach((value, i) => {
    const place = placeOf(i, x.dims).map((at, axis) => (own.includes(axis) ? 0 : at));
    groups[indexOf(place, all)]!.push(value);
  });
  const dims = keep ? all : x.dims.filter((_, axis) => !own.includes(axis));
  return { dims, data: Float64Array.from(groups, combine) };
}

export function matmul(a: Array64, b: Array64): Array64 {
  const left = a.dims.length === 1 ? { ...a, dims: [1, ...a.dims] } : a;
  const right = b.dims.length === 1 ? { ...b, dims: [...b.dims, 1] } : b;
  const lead = Math.max(left.dims.length, right.dims.length) - 2;
  const at = (x: Array64, place: number[], last: [number, number]) => {
    const own = x.dims
      .slice(0, -2)
      .map((dim, axis) => (dim === 1 ? 0 : place[axis + lead - x.dims.length + 2]!));
    return x.data[indexOf([...own, ...last], x.dims)]!;
  };
  const batch = Array.from({ length: lead }, (_, axis) =>
    Math.max(
      left.dims[axis - lead + left.dims.length - 2] ?? 1,
      right.dims[axis - lead + right.dims.length - 2] ?? 1,
    ),
  );
  const full = fill([...batch, left.dims.at(-2)!, right.dims.at(-1)!], (place) => {
    const [row, column] = place.slice(-2) as [number, number];
    let sum = 0;
    for (let k = 0; k < left.dims.at(-1)!; k++)
      sum += at(left, place, [row, k]) * at(right, place, [k, column]);
    return sum;
  });
  const dims = full.dims.filter(
    (_, axis) =>
      !(a.dims.length === 1 && axis === full.dims.length - 2) &&
      !(b.dims.length === 1 && axis === full.dims.length - 1),
  );
  return { dims, data: full.data };
}
