/** A float64 array in row-major order: the reference that gradients are held against. */
export interface Array64 {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

export const count = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

export function placeOf(index: number, dims: readonly number[]): number[] {
  const place = new Array<number>(dims.length);
  for (let axis = dims.length - 1, rest = index; axis >= 0; axis--) {
    place[axis] = rest % dims[axis]!;
    rest = Math.floor(rest / dims[axis]!);
  }
  return place;
}

export function indexOf(place: readonly number[], dims: readonly number[]): number {
  return place.reduce((index, at, axis) => index * dims[axis]! + at, 0);
}

/** An array from a function of the place of each element. */
export function fill(dims: readonly number[], element: (place: number[]) => number): Array64 {
  return { dims, data: Float64Array.from({ length: count(dims) }, (_, i) => element(placeOf(i, dims))) };
}

/** The element that broadcasting puts at a place. */
export function spread({ dims, data }: Array64, place: readonly number[]): number {
  const lead = place.length - dims.length;
  return data[
    indexOf(
      dims.map((dim, axis) => (dim === 1 ? 0 : place[axis + lead]!)),
      dims,
    )
  ]!;
}

export function broadcast(arrays: readonly Array64[]): number[] {
  const rank = Math.max(...arrays.map(({ dims }) => dims.length));
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(...arrays.map(({ dims }) => dims[axis - rank + dims.length] ?? 1)),
  );
}
