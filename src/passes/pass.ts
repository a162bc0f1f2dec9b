import type { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import type { Value } from '../ir/value.js';
import type { Tensor } from '../tensor/tensor.js';
import type { NodesByType } from './nodes-by-type.js';
import type { TypeFacts } from './types/infer-types.js';

/**
 * What a pass may do to numbers: `exact` leaves every output bit as it was, `reorders-floats` changes
 * rounding only, `lossy` changes results on purpose. It sets the tolerance when a pass is checked.
 */
export type Effect = 'exact' | 'reorders-floats' | 'lossy';

/** What a pass may ask for; it never opens a session itself. */
export interface PassContext {
  /**
   * The outputs of nodes whose inputs are constants or outputs of nodes given along with them; without those
   * that cannot be computed (random, too large, unknown to the runtime).
   */
  evaluate(nodes: readonly Node[]): Promise<ReadonlyMap<Value, Tensor>>;
  /**
   * Writes into every value what is known of its type and dims; asked at most once, for what does not follow
   * from the operators' rules. Where it is absent that stays unknown.
   */
  readonly inferTypes?: (model: Model) => Promise<void>;
  /** By how many bytes a constant that a pass makes may be larger than the constants that it replaces. */
  readonly constantBudget: number;
}

/** What a pass works with: what it may ask for, and what follows from the operators' rules about types. */
export interface RunContext extends PassContext {
  readonly facts: TypeFacts;
  /** The nodes as they are when a pass begins; gathered by the pass itself where a caller has none. */
  readonly nodes?: NodesByType;
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
  /** `shapes`: does more where value types have been inferred before. */
  readonly needs?: readonly 'shapes'[];
  /** Operators, in the standard's domain unless written `domain.Name`, without any of which it has nothing to do. */
  readonly roots?: ReadonlySet<string>;
  run(model: Model, context: RunContext): PassReport | Promise<PassReport>;
}
