import type { Node } from '../../ir/node.js';
import type { Value } from '../../ir/value.js';
import { isFloat, type DType } from '../../tensor/dtype.js';
import { constantOf, dtypeOf, keepsDimsOf, scalarOf, uniformOf } from '../match.js';

/** `y = min(max(x, low), high)`: what Relu, Clip, and Min and Max with a number have in common. */
export interface Clamp {
  readonly input: Value;
  readonly low: number;
  readonly high: number;
  /** The element type, where it can be told. */
  readonly dtype: DType | undefined;
}

export const clampOperators = ['Relu', 'Clip', 'Min', 'Max'] as const;

/** A node as a clamp of one input, or undefined when it is none, its bounds are not constant, or its numbers are no floats. */
export function clampOf(node: Node): Clamp | undefined {
  const output = node.outputs[0];
  if (node.is('Relu')) return floatClamp(node.inputs[0], output, 0, Infinity);
  if (node.is('Clip')) {
    const low = boundOf(node, 1, 'min', -Infinity);
    const high = boundOf(node, 2, 'max', Infinity);
    return low === undefined || high === undefined
      ? undefined
      : floatClamp(node.inputs[0], output, low, high);
  }
  if (!node.is('Min', 'Max') || node.inputs.length !== 2) return undefined;
  const at = constantOf(node.inputs[1]) === undefined ? 0 : 1;
  const input = node.inputs[1 - at];
  const bound = node.inputs[at];
  const limit = uniformOf(bound);
  if (input === undefined || limit === undefined || constantOf(input) !== undefined) return undefined;
  // Exporters write the same number for every channel; it must not give the result other dims than the input's.
  if (!keepsDimsOf(input, constantOf(bound)!)) return undefined;
  return node.is('Min')
    ? floatClamp(input, bound, -Infinity, limit)
    : floatClamp(input, bound, limit, Infinity);
}

/** Two clamps one after the other as one. Where low is above high, high wins (ONNX operator specification of Clip). */
export function composeClamps(inner: Clamp, outer: Clamp): Clamp {
  const clamp = (value: number): number => Math.min(Math.max(value, outer.low), outer.high);
  return {
    input: inner.input,
    low: clamp(Math.min(inner.low, inner.high)),
    high: clamp(inner.high),
    dtype: inner.dtype ?? outer.dtype,
  };
}

/** Bounds are inputs since opset 11 and attributes before; left out, or the largest float as exporters write it, there is none. */
function boundOf(node: Node, index: number, name: string, none: number): number | undefined {
  const value = node.inputs[index];
  const found = value === undefined ? node.float(name, none) : scalarOf(value);
  if (found === undefined || Number.isNaN(found)) return undefined;
  return Math.abs(found) >= largestFloat32 && Math.sign(found) === Math.sign(none) ? none : found;
}

const largestFloat32 = 3.4028234663852886e38;

function floatClamp(
  input: Value | undefined,
  typed: Value | undefined,
  low: number,
  high: number,
): Clamp | undefined {
  const dtype = dtypeOf(input) ?? dtypeOf(typed);
  if (input === undefined || (dtype !== undefined && !isFloat(dtype))) return undefined;
  // Not a number, or bounds that leave nothing but an infinity.
  if (!(low < Infinity && high > -Infinity)) return undefined;
  return { input, low, high, dtype };
}
