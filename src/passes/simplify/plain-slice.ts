import type { Node } from '../../ir/node.js';
import { constantOf } from '../match.js';

/** What a Slice does along one axis, from the front and forwards. */
export interface Cut {
  readonly axis: number;
  readonly start: number;
  /** Beyond the last element: to the end. */
  readonly end: number;
}

/**
 * A Slice with constant bounds that are counted from the front and a step of one, axis by axis; undefined for
 * any other. Bounds beyond what can be counted exactly mean the end.
 */
export function plainSlice(node: Node, opset: number, rank: number): readonly Cut[] | undefined {
  const list = (index: number, name: string): number[] | undefined => {
    if (opset < 10) return node.ints(name);
    const tensor = constantOf(node.inputs[index]);
    return tensor === undefined ? undefined : Array.from(tensor.toNumbers());
  };
  const starts = list(1, 'starts');
  const ends = list(2, 'ends');
  if (starts === undefined || ends === undefined) return undefined;
  const given = list(3, 'axes');
  if (given === undefined && opset >= 10 && node.inputs[3] !== undefined) return undefined;
  const axes = given ?? starts.map((_, index) => index);
  const steps = opset >= 10 && node.inputs[4] !== undefined ? list(4, '') : axes.map(() => 1);
  if (steps?.every((step) => step === 1) !== true) return undefined;
  if (starts.some((start) => start < 0) || ends.some((end) => end < 0)) return undefined;
  const cuts = axes.map((axis, index) => ({
    axis: axis < 0 ? axis + rank : axis,
    start: starts[index]!,
    end: ends[index]!,
  }));
  return new Set(cuts.map(({ axis }) => axis)).size === cuts.length ? cuts : undefined;
}
