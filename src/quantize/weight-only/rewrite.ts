import type { Node } from '../../ir/node.js';
import type { Edit } from '../../passes/edit.js';
import type { SharedConstants } from '../dynamic/shared-constants.js';
import type { Moments } from '../rounding/moments.js';
import type { BlockFormat } from './block-weights.js';

/** How small weights are written: standard DequantizeLinear in front, or operators of the runtime's own. */
export type WeightForm = 'qdq' | 'qoperator';

/**
 * One kind of operator whose weights are stored in few bits while it goes on computing with floats. Adding
 * one: a file that exports it, and a line in `list.ts`.
 */
export interface WeightRewrite {
  readonly name: string;
  readonly summary: string;
  /** Operators of the standard that it looks at. */
  readonly operators: readonly string[];
  /** Why this node stays as it is, or undefined when it can be rewritten. */
  refuse(node: Node): string | undefined;
  /** Replaces the node; it is removed by the edit when nothing reads it any more. */
  apply(node: Node, edit: Edit, context: WeightContext): void;
}

export interface WeightContext {
  readonly format: BlockFormat;
  readonly form: WeightForm;
  readonly constants: SharedConstants;
  /** Marks an operator set of the runtime's own as used. */
  readonly useDomain: (domain: string, version: number) => void;
  /** Second moments of a node's input, where samples were looked at. */
  readonly momentsOf: (node: Node) => Moments | undefined;
}
