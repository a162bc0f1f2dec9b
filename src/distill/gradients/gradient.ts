import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import type { Emitter } from '../graph/emitter.js';
import type { ConvolutionForms } from './convolution/forms.js';

/** Where a gradient is built: a node, what flows back into it, and where to add operators. */
export interface GradientSite {
  readonly node: Node;
  readonly emitter: Emitter;
  /** The gradients of the node's outputs; undefined where nothing depends on one. */
  readonly outputs: readonly (Value | undefined)[];
  /** True where the gradient of that input is asked for. */
  wants(place: number): boolean;
  /** Which of several equal ways a convolution takes. */
  readonly forms: ConvolutionForms;
}

/**
 * How one operator hands gradients back. A new one is a file that exports it and a line in `list.ts`.
 * Everything is computed from the node's own inputs and outputs: nothing else is kept.
 */
export interface Gradient {
  readonly operator: string;
  /** The standard's own domain without. */
  readonly domain?: string;
  /** Places of inputs that are numbers to differentiate by; others (shapes, axes, indices) have no gradient. */
  readonly places: 'all' | readonly number[];
  /** Places where a constant is a parameter to train. */
  readonly parameters?: readonly number[];
  /** Why this node has no gradient here, though its operator has one. */
  refuses?(node: Node): string | undefined;
  /** The gradient of each input that is wanted, by place. */
  build(site: GradientSite): readonly (Value | undefined)[];
}

/** The gradient of the first output, for operators with one. */
export function outputGradient(site: GradientSite): Value {
  return site.outputs[0]!;
}

/** An operator that works element by element on one input: how its gradient follows from input, output and what flows back. */
export function elementwise(
  operator: string,
  derive: (emitter: Emitter, parts: { x: Value; y: Value; g: Value; node: Node }) => Value,
  domain?: string,
): Gradient {
  return {
    operator,
    ...(domain === undefined ? {} : { domain }),
    places: [0],
    build(site) {
      const { node, emitter } = site;
      const parts = { x: node.inputs[0]!, y: node.outputs[0]!, g: outputGradient(site), node };
      return [derive(emitter, parts)];
    },
  };
}
