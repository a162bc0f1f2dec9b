import type { Layer } from '../layer.js';
import type { ChannelGroup, Unit } from './groups.js';

/** The axis of a layer's weights that its sums run along. */
export function columnAxis(layer: Layer): number {
  const rank = layer.value.constant.dims.length;
  if (layer.node.is('Conv')) return 1;
  if (layer.node.is('ConvTranspose')) return 0;
  if (layer.node.is('Gemm')) return layer.transposed ? 0 : 1;
  return rank - 2;
}

/** The axis of a layer's weights that its outputs lie along. */
export function rowAxis(layer: Layer): number {
  const rank = layer.value.constant.dims.length;
  if (layer.node.is('Conv')) return 0;
  if (layer.node.is('ConvTranspose')) return 1;
  if (layer.node.is('Gemm')) return layer.transposed ? 1 : 0;
  return rank - 1;
}

/** A layer that reads a group's channels: the columns of its matrices that go with each unit. */
export interface Consumer {
  readonly layer: Layer;
  readonly columns: ReadonlyMap<Unit, Int32Array>;
}

/** The layers that read channels of a group. */
export function consumersOf(group: ChannelGroup, layers: readonly Layer[]): Consumer[] {
  return layers.flatMap((layer): Consumer[] => {
    const axis = group.axes.find((one) => one.value === layer.value && one.axis === columnAxis(layer));
    if (axis === undefined) return [];
    const columns = new Map(
      group.units.map((unit) => {
        const places = unit.get(axis)!;
        return [unit, Int32Array.from(places.flatMap((place) => taps(place, layer.taps)))];
      }),
    );
    return [{ layer, columns }];
  });
}

function taps(place: number, count: number): number[] {
  return Array.from({ length: count }, (_, tap) => place * count + tap);
}
