import type { Node } from '../../../ir/node.js';
import type { Value } from '../../../ir/value.js';
import type { Axes } from '../axes.js';

/** Which places of a value's axis stay. */
export type Kept = (value: Value, axis: number) => Int32Array | undefined;

/**
 * How operators tie channels of what they read to channels of what they give. Adding one: a file that exports
 * it, and a line in `list.ts`. What has no rule keeps all its channels.
 */
export interface Rule {
  /** Qualified operator names. */
  readonly operators: readonly string[];
  /** Links and freezes axes; every axis of every input and output that may change has to be spoken of. */
  link(node: Node, axes: Axes): void;
  /** After constants have been cut: brings attributes and shapes in line. `kept` is undefined for an axis that stays whole. */
  adapt?(node: Node, kept: Kept): void;
}
