import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { scalarOf } from '../../passes/match.js';

/** Bounds of a Relu or Clip, infinite where it has none; undefined for anything else or computed bounds. */
export function activationBounds(node: Node): { low: number; high: number } | undefined {
  if (node.is('Relu')) return { low: 0, high: Infinity };
  if (!node.is('Clip')) return undefined;
  const low = bound(node, 1, 'min', -Infinity);
  const high = bound(node, 2, 'max', Infinity);
  return low === undefined || high === undefined ? undefined : { low, high };
}

/**
 * The Relu or Clip that alone reads a value and can be said by the range of the quantized output: integers
 * saturate at its ends. 0 must lie inside, as every range contains it.
 */
export function foldableActivation(value: Value): Node | undefined {
  const reader = value.soleConsumer;
  if (reader === undefined || reader.graph !== value.graph || reader.inputs[0] !== value) return undefined;
  const bounds = activationBounds(reader);
  return bounds !== undefined && bounds.low <= 0 && bounds.high >= 0 ? reader : undefined;
}

function bound(node: Node, index: number, attribute: string, open: number): number | undefined {
  const given = node.inputs[index];
  if (given !== undefined) return scalarOf(given);
  return node.attributes.has(attribute) ? node.float(attribute) : open;
}
