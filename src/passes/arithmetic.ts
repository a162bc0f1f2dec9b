import type { Node } from '../ir/node.js';
import type { Value } from '../ir/value.js';
import { constantOf, producerOf, scalarOf } from './match.js';

/** Looking through element-wise arithmetic; nothing here changes a graph. */

/** The two operands of Add or Mul in either order, the first of which is accepted; undefined where neither order fits. */
export function eitherOrder<Found>(
  node: Node | undefined,
  accept: (value: Value) => Found | undefined,
): { readonly found: Found; readonly value: Value; readonly other: Value } | undefined {
  if (node?.inputs.length !== 2) return undefined;
  for (const at of [0, 1]) {
    const [value, other] = [node.inputs[at], node.inputs[1 - at]];
    if (value === undefined || other === undefined) continue;
    const found = accept(value);
    if (found !== undefined) return { found, value, other };
  }
  return undefined;
}

/** What is added to or multiplied by one number, and the number; also x / c, as a factor. */
export function withScalar(
  value: Value | undefined,
  opType: 'Add' | 'Mul',
): { readonly node: Node; readonly input: Value; readonly scalar: number } | undefined {
  const node = producerOf(value, opType);
  const found = eitherOrder(node, (operand) => scalarOf(operand));
  if (node !== undefined && found !== undefined && constantOf(found.other) === undefined)
    return { node, input: found.other, scalar: found.found };
  const inverse = producerOf(value, opType === 'Mul' ? 'Div' : 'Sub');
  const scalar = scalarOf(inverse?.inputs[1]);
  const input = inverse?.inputs[0];
  if (inverse === undefined || scalar === undefined || input === undefined) return undefined;
  return { node: inverse, input, scalar: opType === 'Mul' ? 1 / scalar : -scalar };
}

/** True for numbers that are the same up to the rounding of a float32 (or float16) constant. */
export function isAbout(found: number | undefined, expected: number, relative = 1e-4): boolean {
  return found !== undefined && Math.abs(found - expected) <= relative * Math.abs(expected);
}

/**
 * True when nobody outside of `inside` and the node that computes `output` reads what these nodes compute, so
 * that all of them go away when `output` is computed otherwise.
 */
export function isClosed(inside: readonly Node[], output: Value): boolean {
  const nodes = new Set(inside);
  for (const node of nodes) {
    for (const value of node.outputs) {
      if (value === undefined || value === output) continue;
      if (value.isGraphOutput || value.uses.some((use) => !nodes.has(use.node))) return false;
    }
  }
  return true;
}
