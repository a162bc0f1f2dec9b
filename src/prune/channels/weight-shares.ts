import { elementCount } from '../../tensor/tensor.js';
import type { ChannelGroup, Unit } from './groups.js';

export function squared(weight: number): number {
  return weight * weight;
}

/** For every unit the share of the weights' sizes that goes with it, summed over the matrices that it is part of. */
export function weightShares(group: ChannelGroup, sizeOf: (weight: number) => number): Map<Unit, number> {
  const shares = new Map<Unit, number>(group.units.map((unit) => [unit, 0]));
  for (const axis of group.axes) {
    const tensor = axis.value.constant;
    if (tensor === undefined || tensor.dims.filter((length) => length > 1).length < 2) continue;
    const values = tensor.toNumbers();
    const inner = elementCount(tensor.dims.slice(axis.axis + 1));
    const sizes = new Float64Array(axis.length);
    let total = 0;
    for (let i = 0; i < values.length; i++) {
      const size = sizeOf(values[i]!);
      sizes[Math.floor(i / inner) % axis.length]! += size;
      total += size;
    }
    for (const unit of group.units) {
      const own = unit.get(axis)!.reduce((sum, place) => sum + sizes[place]!, 0);
      shares.set(unit, shares.get(unit)! + (total > 0 ? own / total : 0));
    }
  }
  return shares;
}
