import type { Node } from '../../ir/node.js';
import type { Edit } from '../../passes/edit.js';
import type { Target } from '../targets/target.js';
import type { SharedConstants } from './shared-constants.js';

/**
 * One kind of operator that is quantized while it runs: weights are integers in the file, activations are
 * measured and rounded anew for every request. Adding one: a file that exports it, and a line in `list.ts`.
 */
export interface DynamicRewrite {
  readonly name: string;
  readonly summary: string;
  /** Operators of the standard that it looks at. */
  readonly operators: readonly string[];
  /** Why this node stays as it is, or undefined when it can be rewritten. */
  refuse(node: Node): string | undefined;
  /** Replaces the node; it is removed by the edit when nothing reads it any more. */
  apply(node: Node, edit: Edit, context: DynamicContext): void;
}

export interface DynamicContext {
  readonly target: Target;
  readonly constants: SharedConstants;
  /** Marks an operator set of the runtime's own as used. */
  readonly useDomain: (domain: string, version: number) => void;
}
