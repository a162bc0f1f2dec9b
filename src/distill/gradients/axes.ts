import type { Node } from '../../ir/node.js';
import { integersOf } from '../../passes/match.js';

/** The axis attribute, counted from the front. */
export function axisOf(node: Node, rank: number, fallback: number): number {
  const axis = node.int('axis', fallback);
  return axis < 0 ? axis + rank : axis;
}

/** Axes given by an input or, before opset 13 or 18, an attribute; counted from the front. Undefined where none are said. */
export function axesOf(node: Node, rank: number, place = 1): number[] | undefined {
  const axes = node.inputs[place] === undefined ? node.ints('axes') : integersOf(node.inputs[place]);
  return axes?.map((axis) => (axis < 0 ? axis + rank : axis));
}

/** Why axes that are an input cannot be known before a run. */
export function refusesOpenAxes(node: Node, place = 1): string | undefined {
  return node.inputs[place] !== undefined && integersOf(node.inputs[place]) === undefined
    ? 'its axes are not constant'
    : undefined;
}
