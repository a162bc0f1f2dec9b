import { multipleFor, type GroupTrace } from '../allocate.js';
import type { ChannelGroup, Unit } from '../groups.js';
import { traceGroup } from '../trace-group.js';

/** Traces by a share that each unit of a group holds of something: the smallest go first. */
export function tracesByShares(
  groups: readonly ChannelGroup[],
  sharesOf: (group: ChannelGroup) => ReadonlyMap<Unit, number>,
): GroupTrace[] {
  return groups.map((group) => ({
    group,
    ...traceGroup(group.units, [], sharesOf(group)),
    multiple: multipleFor(group),
  }));
}
