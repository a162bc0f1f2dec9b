import type { Model } from '../../ir/model.js';
import { staticDims } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { byteLengthOf } from '../../tensor/dtype.js';
import { elementCount } from '../../tensor/tensor.js';

/**
 * The largest number of bytes that values of a model need at once when its nodes run in their order: a value lives
 * from where it is computed to where it is read last, inputs, constants and outputs all the time. What kernels and
 * the allocator need beside that is not counted. Values of unknown shape count nothing.
 */
export function peakMemory(model: Model): number {
  const { graph } = model;
  const nodes = [...graph.nodes()];
  const place = new Map(nodes.map((node, index) => [node, index]));
  const ends = new Map<number, number>();
  let live = 0;
  for (const value of graph.values()) if (value.producer === undefined) live += bytesOf(value);
  let peak = live;
  nodes.forEach((node, index) => {
    for (const value of node.outputs) {
      if (value === undefined) continue;
      const bytes = bytesOf(value);
      live += bytes;
      if (value.isGraphOutput) continue;
      const last = value.uses.reduce((latest, use) => Math.max(latest, place.get(use.node) ?? index), index);
      ends.set(last, (ends.get(last) ?? 0) + bytes);
    }
    peak = Math.max(peak, live);
    live -= ends.get(index) ?? 0;
  });
  return peak;
}

function bytesOf(value: Value): number {
  if (value.constant !== undefined) return value.constant.byteLength;
  const dims = staticDims(value.type);
  if (dims === undefined || value.type?.kind !== 'tensor' || value.type.dtype === 'string') return 0;
  return byteLengthOf(value.type.dtype, elementCount(dims));
}
