import type { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import type { Value } from '../ir/value.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * What a pass may do to numbers: `exact` leaves every output bit as it was, `reorders-floats` changes
 * rounding only, `lossy` changes results on purpose. It sets the tolerance when a pass is checked.
 */
export type Effect = 'exact' | 'reorders-floats' | 'lossy';

/** What a pass may ask for; it never opens a session itself. */
export interface PassContext {
  /**
   * The values of a node's outputs, given that all of its inputs are constants; undefined where the node
   * cannot be evaluated (random, too large, unknown to the runtime). Nodes are evaluated in batches.
   */
  evaluate(nodes: readonly Node[]): Promise<ReadonlyMap<Value, Tensor>>;
  /** Upper limit, in bytes, for a constant that a pass creates out of smaller ones. */
  readonly constantBudget: number;
}

export interface SkippedPlace {
  /** The node that nearly matched. */
  readonly at: string;
  /** What was missing. */
  readonly why: string;
}

export interface PassReport {
  /** How many edits were made; 0 means that the model is untouched. */
  readonly changes: number;
  readonly skipped: readonly SkippedPlace[];
}

/** One named transformation of a model. Adding one: a file that exports it, and a line in `presets.ts`. */
export interface Pass {
  /** kebab-case; what people type after `--pass` and `--skip`. */
  readonly name: string;
  /** One line for help and documentation. */
  readonly summary: string;
  readonly effect: Effect;
  /** Opsets of the standard's domain that it understands; a model outside of them is left alone. */
  readonly opset?: { readonly min?: number; readonly max?: number };
  /** `shapes`: value types must have been inferred before. */
  readonly needs?: readonly 'shapes'[];
  run(model: Model, context: PassContext): PassReport | Promise<PassReport>;
}
