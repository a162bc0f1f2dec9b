import type { Node } from '../../ir/node.js';
import type { Tensor } from '../../tensor/tensor.js';

/** A node all of whose inputs are known. */
export interface ConstantSite {
  readonly node: Node;
  readonly opset: number;
  /** By place; undefined where an optional input is left out. */
  readonly inputs: readonly (Tensor | undefined)[];
}

/** The one output of a node, bit by bit what the runtime computes; undefined where the rule does not know. */
export type ConstantRule = (site: ConstantSite) => Tensor | undefined;

/** Results above this are left to the runtime, which is the faster one there. */
export const mostElements = 2 ** 16;

/** The elements of an integer input, all of which can be counted with; numbers beyond that are as good as endless. */
export function integers({ inputs }: ConstantSite, index: number): number[] | undefined {
  const tensor = inputs[index];
  if (tensor?.dtype !== 'int64' && tensor?.dtype !== 'int32') return undefined;
  return tensor.size > mostElements ? undefined : Array.from(tensor.toNumbers());
}
