import type { Node } from '../../ir/node.js';
import type { Tensor } from '../../tensor/tensor.js';
import { elementwiseConstants } from './elementwise.js';
import { movementConstants } from './movement.js';
import type { ConstantRule } from './site.js';

const rules: Readonly<Record<string, ConstantRule>> = { ...movementConstants, ...elementwiseConstants };

/**
 * What a node of the standard makes of known inputs, where that is small and the same on every machine: shape
 * arithmetic and moved elements, for which it is not worth opening the runtime. Undefined for everything else.
 */
export function evaluateSmall(
  node: Node,
  opset: number,
  inputs: readonly (Tensor | undefined)[],
): Tensor | undefined {
  if (node.domain !== '' || node.outputs.length !== 1) return undefined;
  return rules[node.opType]?.({ node, opset, inputs });
}
