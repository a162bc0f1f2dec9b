import type { Node } from '../ir/node.js';
import { rankOf } from '../ir/types.js';
import type { Value } from '../ir/value.js';
import { isFloat, type DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';

/** What patterns look for. Nothing here changes a graph. */

/**
 * The fixed content of a value. A constant that is a graph input as well is no fixed content: a caller may
 * give another one (`constants-not-inputs` decides that once for the whole model).
 */
export function constantOf(value: Value | undefined): Tensor | undefined {
  return value === undefined || value.isGraphInput ? undefined : value.constant;
}

/** The only number of a constant with one element, whatever its rank. */
export function scalarOf(value: Value | undefined): number | undefined {
  const tensor = constantOf(value);
  return tensor?.size === 1 && tensor.dtype !== 'string' ? tensor.toNumbers()[0] : undefined;
}

/** The number that every element of a constant is, whatever its shape. */
export function uniformOf(value: Value | undefined): number | undefined {
  const tensor = constantOf(value);
  if (tensor === undefined || tensor.size === 0 || tensor.dtype === 'string') return undefined;
  const numbers = tensor.toNumbers();
  const first = numbers[0];
  for (let i = 1; i < numbers.length; i++) if (numbers[i] !== first) return undefined;
  return first;
}

/** True when broadcasting a constant over a value provably leaves the value's dims as they are. */
export function keepsDimsOf(value: Value | undefined, constant: Tensor): boolean {
  if (constant.dims.length === 0) return true;
  const dims = value?.constant?.dims ?? (value?.type?.kind === 'tensor' ? value.type.dims : undefined);
  if (dims === undefined || dims.length < constant.dims.length) return false;
  const offset = dims.length - constant.dims.length;
  return constant.dims.every((dim, axis) => dim === 1 || dim === dims[axis + offset]);
}

/** The elements of an integer constant. */
export function integersOf(value: Value | undefined): number[] | undefined {
  const tensor = constantOf(value);
  return tensor?.dtype === 'int64' || tensor?.dtype === 'int32' ? Array.from(tensor.toNumbers()) : undefined;
}

/**
 * The node that computes a value, when it is one of these operators of the standard, in the same graph, and
 * nobody but one reader in that graph sees the value: it may then be folded into its reader.
 */
export function soleProducer(value: Value | undefined, ...opTypes: string[]): Node | undefined {
  const producer = value?.producer;
  if (value === undefined || producer?.is(...opTypes) !== true) return undefined;
  return value.soleConsumer?.graph === producer.graph ? producer : undefined;
}

/** The node that computes a value, when it is one of these operators of the standard. */
export function producerOf(value: Value | undefined, ...opTypes: string[]): Node | undefined {
  const producer = value?.producer;
  return producer?.is(...opTypes) === true ? producer : undefined;
}

/** True when outputs from `index` on are left out or read by nobody. */
export function outputsUnusedFrom(node: Node, index: number): boolean {
  return node.outputs.every((value, at) => at < index || value === undefined || value.isUnused);
}

export function dtypeOf(value: Value | undefined): DType | undefined {
  return value?.constant?.dtype ?? (value?.type?.kind === 'tensor' ? value.type.dtype : undefined);
}

export function knownRank(value: Value | undefined): number | undefined {
  return value?.constant?.dims.length ?? rankOf(value?.type);
}

/** Float types that arithmetic on weights is done in: stored as they are, computed in float64, rounded once. */
export function isFoldable(dtype: DType): boolean {
  return isFloat(dtype) && !dtype.startsWith('float8') && !dtype.startsWith('float4');
}
