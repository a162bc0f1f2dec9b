import type { Model } from '../ir/model.js';
import type { Node } from '../ir/node.js';
import type { Value } from '../ir/value.js';
import type { Tensor } from '../tensor/tensor.js';
import { gradientOf } from './gradients/list.js';

/** A constant of the student that training changes. */
export interface Parameter {
  readonly value: Value & { constant: Tensor };
  /** The first node that reads it: how reports name its layer. */
  readonly node: Node;
}

/** Larger numbers in an added constant mean "never", as in attention masks; they are no weights. */
const largestOffset = 1e3;

/** Operators whose constant operand is a parameter only as it looks: others compute with such constants too. */
const loose = new Set(['Add', 'Mul']);

/**
 * The constants that are trained: float32 weights, biases, scales and embeddings at the places that gradients
 * declare. What `freezes` says yes to is left out, also where another node reads it.
 */
export function parametersOf(model: Model, freezes: (node: Node) => boolean = () => false): Parameter[] {
  const found = new Map<Value, Node>();
  const frozen = new Set<Value>();
  for (const node of model.graph.nodes()) {
    const places = gradientOf(node)?.parameters ?? [];
    node.inputs.forEach((value, place) => {
      if (value?.constant?.dtype !== 'float32') return;
      if (freezes(node)) frozen.add(value);
      if (!places.includes(place) || (loose.has(node.opType) && !looksTrained(value.constant))) return;
      if (!found.has(value)) found.set(value, node);
    });
  }
  return [...found].flatMap(([value, node]) =>
    frozen.has(value) ? [] : [{ value: value as Parameter['value'], node }],
  );
}

/** A vector or table of ordinary numbers that are not all the same; single numbers belong to formulas. */
function looksTrained(tensor: Tensor): boolean {
  if (tensor.size < 2) return false;
  const values = tensor.toNumbers();
  let different = false;
  for (let i = 0; i < values.length; i++) {
    if (!(Math.abs(values[i]!) <= largestOffset)) return false;
    if (values[i] !== values[0]) different = true;
  }
  return different;
}
