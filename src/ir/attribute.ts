import type { Tensor } from '../tensor/tensor.js';
import type { Graph } from './graph.js';

/**
 * Something of a file that the graph does not model (documentation, unknown fields): kept as it was read
 * and handed back to the writer. Only `src/onnx` looks inside.
 */
export type Carried = object;

type Payload =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: Tensor }
  | { readonly kind: 'graph'; readonly value: Graph }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'ints'; readonly value: readonly bigint[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensors'; readonly value: readonly Tensor[] }
  | { readonly kind: 'graphs'; readonly value: readonly Graph[] }
  /** Types and sparse tensors: carried along, not understood. In a function also what a call gives under the name `reference`. */
  | { readonly kind: 'other'; readonly value: undefined; readonly reference?: string };

/** A named setting of a node. Immutable: a change is a new attribute. */
export type Attribute = Payload & { readonly carried?: Carried };

export const attribute = {
  float: (value: number): Attribute => ({ kind: 'float', value: Math.fround(value) }),
  int: (value: number | bigint): Attribute => ({ kind: 'int', value: BigInt(value) }),
  string: (value: string): Attribute => ({ kind: 'string', value }),
  tensor: (value: Tensor): Attribute => ({ kind: 'tensor', value }),
  graph: (value: Graph): Attribute => ({ kind: 'graph', value }),
  floats: (value: readonly number[]): Attribute => ({ kind: 'floats', value: value.map(Math.fround) }),
  ints: (value: readonly (number | bigint)[]): Attribute => ({ kind: 'ints', value: value.map(BigInt) }),
  strings: (value: readonly string[]): Attribute => ({ kind: 'strings', value }),
};
