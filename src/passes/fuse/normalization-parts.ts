import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { eitherOrder } from '../arithmetic.js';
import type { FusionContext } from '../fusion.js';
import { integersOf, producerOf, scalarOf } from '../match.js';

/** The parts that normalizations are written of. Nothing here changes a graph. */

/** True for a reduction over the axes that are asked for. */
export type IsOver = (reduce: Node) => boolean;

/** x - mean(x). */
export function centredOf(
  value: Value | undefined,
  isOver: IsOver,
): { input: Value; mean: Value; nodes: readonly Node[] } | undefined {
  const difference = producerOf(value, 'Sub');
  const [input, mean] = difference?.inputs ?? [];
  const reduced = producerOf(mean, 'ReduceMean');
  if (difference === undefined || input === undefined || mean === undefined || reduced?.inputs[0] !== input)
    return undefined;
  return isOver(reduced) ? { input, mean, nodes: [difference, reduced] } : undefined;
}

/** sqrt(mean(d^2) + epsilon), the square by Pow or Mul. */
export function varianceUnder(
  root: Value | undefined,
  isOver: IsOver,
): { squared: Value; epsilon: number; nodes: readonly Node[] } | undefined {
  const sqrt = producerOf(root, 'Sqrt');
  const sum = producerOf(sqrt?.inputs[0], 'Add');
  const guarded = eitherOrder(sum, (value) => scalarOf(value));
  const mean = producerOf(guarded?.other, 'ReduceMean');
  if (sqrt === undefined || sum === undefined || guarded === undefined || mean === undefined)
    return undefined;
  if (!isOver(mean)) return undefined;
  const square = producerOf(mean.inputs[0], 'Pow', 'Mul');
  const [base, other] = square?.inputs ?? [];
  if (square === undefined || base === undefined) return undefined;
  const isSquare = square.is('Pow') ? scalarOf(other) === 2 : other === base;
  return isSquare ? { squared: base, epsilon: guarded.found, nodes: [sqrt, sum, mean, square] } : undefined;
}

/** True for a reduction over the last axis alone that keeps it. */
export function overLastAxis({ facts }: FusionContext): IsOver {
  return (reduce) => {
    const axes = reducedAxes(reduce);
    const rank = facts.dimsOf(reduce.inputs[0])?.length;
    return axes?.length === 1 && (axes[0] === -1 || (rank !== undefined && axes[0] === rank - 1));
  };
}

/** The axes that a reduction keeps with length 1, as they are written; undefined where it drops them or they are computed. */
export function reducedAxes(reduce: Node): readonly number[] | undefined {
  if (reduce.int('keepdims', 1) === 0) return undefined;
  return reduce.ints('axes') ?? integersOf(reduce.inputs[1]);
}
