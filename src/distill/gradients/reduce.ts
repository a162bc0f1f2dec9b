import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { elementCount } from '../../tensor/tensor.js';
import type { Emitter } from '../graph/emitter.js';
import { axesOf, refusesOpenAxes } from './axes.js';
import { outputGradient, type Gradient, type GradientSite } from './gradient.js';

interface Reduced {
  readonly emitter: Emitter;
  readonly x: Value;
  /** Output and its gradient with the reduced axes kept as 1. */
  readonly y: Value;
  readonly g: Value;
  readonly axes: readonly number[];
  /** Elements that become one. */
  readonly count: number;
}

/** An operator that takes axes together; `derive` gives a gradient that broadcasts to the input. */
function reduction(operator: string, derive: (reduced: Reduced) => Value): Gradient {
  return {
    operator,
    places: [0],
    refuses: (node) => refusesOpenAxes(node),
    build(site) {
      const reduced = reducedOf(site);
      return [site.emitter.expand(derive(reduced), site.emitter.dims(reduced.x))];
    },
  };
}

function reducedOf(site: GradientSite): Reduced {
  const { node, emitter } = site;
  const x = node.inputs[0]!;
  const dims = emitter.dims(x);
  const axes = reducedAxes(node, dims.length);
  const kept = dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return {
    emitter,
    x,
    y: emitter.reshape(node.outputs[0]!, kept),
    g: emitter.reshape(outputGradient(site), kept),
    axes,
    count: elementCount(axes.map((axis) => dims[axis]!)),
  };
}

/** The axes of a reduction; all where none are said, unless the node says that this means none. */
function reducedAxes(node: Node, rank: number): number[] {
  const said = axesOf(node, rank);
  if (said !== undefined && said.length > 0) return said;
  if (node.int('noop_with_empty_axes', 0) === 1) return [];
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** The largest or smallest; equal ones share the gradient. */
function chosen({ emitter, x, y, g, axes }: Reduced): Value {
  const equal = emitter.compare('Equal', x, y);
  return emitter.mul(emitter.div(g, emitter.sum(equal, axes)), equal);
}

export const reduceSum = reduction('ReduceSum', ({ g }) => g);
export const reduceMean = reduction('ReduceMean', ({ emitter, g, count }) => emitter.scale(g, 1 / count));
export const reduceMax = reduction('ReduceMax', chosen);
export const reduceMin = reduction('ReduceMin', chosen);
export const reduceSumSquare = reduction('ReduceSumSquare', ({ emitter, x, g }) =>
  emitter.mul(emitter.scale(g, 2), x),
);
export const reduceL2 = reduction('ReduceL2', ({ emitter, x, y, g }) => emitter.mul(emitter.div(g, y), x));
export const reduceLogSumExp = reduction('ReduceLogSumExp', ({ emitter, x, y, g }) =>
  emitter.mul(g, emitter.unary('Exp', emitter.sub(x, y))),
);
