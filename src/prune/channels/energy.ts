import { elementCount } from '../../tensor/tensor.js';
import type { ChannelGroup, Unit } from './groups.js';

/** For every unit the share of the squared weights that goes with it, summed over the matrices that it is part of. */
export function energyShares(group: ChannelGroup): Map<Unit, number> {
  const shares = new Map<Unit, number>(group.units.map((unit) => [unit, 0]));
  for (const axis of group.axes) {
    const tensor = axis.value.constant;
    if (tensor === undefined || tensor.dims.filter((length) => length > 1).length < 2) continue;
    const values = tensor.toNumbers();
    const inner = elementCount(tensor.dims.slice(axis.axis + 1));
    const energy = new Float64Array(axis.length);
    let total = 0;
    for (let i = 0; i < values.length; i++) {
      const square = values[i]! ** 2;
      energy[Math.floor(i / inner) % axis.length]! += square;
      total += square;
    }
    for (const unit of group.units) {
      const own = unit.get(axis)!.reduce((sum, place) => sum + energy[place]!, 0);
      shares.set(unit, shares.get(unit)! + (total > 0 ? own / total : 0));
    }
  }
  return shares;
}
