import type { Model } from '../../../ir/model.js';

/** Mends one kind of objection in a model, in place. Adding one: a file that exports it, and a line in `list.ts`. */
export interface Fix {
  readonly name: string;
  readonly summary: string;
  /** What was changed, in words; empty when there was nothing to do. */
  apply(model: Model): readonly string[];
}
