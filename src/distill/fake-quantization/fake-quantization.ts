import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import type { Emitter } from '../graph/emitter.js';

/**
 * Rounds weights in the forward pass as a later quantization will. The gradient of what was rounded is taken for
 * that of the weight itself (straight-through, Bengio et al. 2013).
 */
export interface FakeQuantization {
  readonly name: string;
  readonly summary: string;
  /** What the forward pass uses in the place of a weight that `node` reads; undefined where it is not rounded. */
  apply(emitter: Emitter, weight: Value, node: Node, name: string): Value | undefined;
}
