import type { Node } from '../../ir/node.js';
import type { Dim } from '../../ir/types.js';
import type { Value } from '../../ir/value.js';
import { constantOf, integersOf } from '../match.js';

/**
 * What is known of a small int64 tensor before anything runs: each element a number, the name of a symbolic
 * dimension, or undefined. `scalar` tells rank 0 from rank 1; higher ranks are not followed.
 */
export interface Integers {
  readonly scalar: boolean;
  readonly elements: readonly Dim[];
}

/** Shape arithmetic works on as many numbers as there are dims; anything longer is data. */
const longest = 64;

/** Follows the arithmetic that models do on shapes: Shape, Size, Gather, Slice, Concat, Squeeze and so on. */
export class IntegerFlow {
  readonly #known = new Map<Value, Integers>();

  /** What is known of a value: from an earlier `visit`, or because it is a constant. */
  of(value: Value | undefined): Integers | undefined {
    if (value === undefined) return undefined;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const tensor = constantOf(value);
    if (tensor?.dtype !== 'int64' || tensor.dims.length > 1 || tensor.size > longest) return undefined;
    const elements = tensor.toBigInts().map(Number);
    return elements.every(Number.isSafeInteger) ? { scalar: tensor.dims.length === 0, elements } : undefined;
  }

  /** Computes what is known of a node's output; nodes are visited in order. */
  visit(node: Node): Integers | undefined {
    const [output] = node.outputs;
    const rule = node.domain === '' ? rules[node.opType] : undefined;
    if (output === undefined || rule === undefined) return undefined;
    const result = rule(node, (index) => this.of(node.inputs[index]));
    if (result === undefined || result.elements.length > longest) return undefined;
    this.#known.set(output, result);
    return result;
  }
}

type Rule = (node: Node, input: (index: number) => Integers | undefined) => Integers | undefined;

const rules: Readonly<Record<string, Rule>> = {
  Shape: (node) => {
    const dims = dimsOf(node.inputs[0]);
    if (dims === undefined) return undefined;
    const from = clampIndex(node.int('start', 0), dims.length);
    return vector(dims.slice(from, clampIndex(node.int('end', dims.length), dims.length)));
  },
  Size: (node) => {
    const dims = dimsOf(node.inputs[0]);
    const lengths = dims?.filter((dim) => typeof dim === 'number');
    if (dims === undefined || lengths?.length !== dims.length) return undefined;
    return { scalar: true, elements: [lengths.reduce((product, length) => product * length, 1)] };
  },
  Identity: (_, input) => input(0),
  Cast: (node, input) => (node.int('to', 0) === 7 ? input(0) : undefined),
  Gather: (node, input) => {
    const data = input(0);
    const index = constantOf(node.inputs[1]);
    const indices = integersOf(node.inputs[1]);
    if (data === undefined || data.scalar || index === undefined || indices === undefined) return undefined;
    if (index.dims.length > 1 || ![0, -1].includes(node.int('axis', 0))) return undefined;
    const elements = indices.map((at) => data.elements[at < 0 ? at + data.elements.length : at]);
    return { scalar: index.dims.length === 0, elements };
  },
  Slice: (node, input) => {
    const data = input(0);
    const one = (name: string, index: number): number | undefined =>
      node.inputs.length > 1 ? onlyOf(integersOf(node.inputs[index])) : onlyOf(node.ints(name));
    const start = one('starts', 1);
    const end = one('ends', 2);
    const step = node.inputs[4] === undefined ? 1 : one('', 4);
    if (data === undefined || data.scalar || start === undefined || end === undefined || step !== 1)
      return undefined;
    const { length } = data.elements;
    return vector(data.elements.slice(clampIndex(start, length), Math.max(clampIndex(end, length), 0)));
  },
  Concat: (node, input) => {
    const parts = node.inputs.map((_, index) => input(index));
    if (parts.some((part) => part === undefined || part.scalar)) return undefined;
    return vector(parts.flatMap((part) => part!.elements));
  },
  Unsqueeze: (_, input) => {
    const data = input(0);
    return data?.scalar === true ? vector(data.elements) : undefined;
  },
  Squeeze: (_, input) => {
    const data = input(0);
    return data?.scalar === false && data.elements.length === 1 ? { ...data, scalar: true } : undefined;
  },
  Reshape: (node, input) => {
    const data = input(0);
    const target = integersOf(node.inputs[1]) ?? node.ints('shape');
    if (data === undefined || target === undefined || target.length > 1) return undefined;
    return { ...data, scalar: target.length === 0 };
  },
  Add: (_, input) => elementwise(input, (a, b) => a + b),
  Sub: (_, input) => elementwise(input, (a, b) => a - b),
  Mul: (_, input) => elementwise(input, (a, b) => a * b),
  // Rounding of negative quotients is not the same everywhere; shapes have none.
  Div: (_, input) => elementwise(input, (a, b) => (a >= 0 && b > 0 ? Math.floor(a / b) : undefined)),
};

function elementwise(
  input: (index: number) => Integers | undefined,
  operation: (a: number, b: number) => number | undefined,
): Integers | undefined {
  const a = input(0);
  const b = input(1);
  if (a === undefined || b === undefined) return undefined;
  const lengths = [a.elements.length, b.elements.length];
  const length = lengths.includes(0) ? 0 : Math.max(...lengths);
  if (lengths.some((one) => one !== 1 && one !== length)) return undefined;
  const elements = Array.from({ length }, (_, index) => {
    const left = a.elements[a.elements.length === 1 ? 0 : index];
    const right = b.elements[b.elements.length === 1 ? 0 : index];
    if (typeof left !== 'number' || typeof right !== 'number') return undefined;
    const result = operation(left, right);
    return result !== undefined && Number.isSafeInteger(result) ? result : undefined;
  });
  return { scalar: a.scalar && b.scalar, elements };
}

function vector(elements: readonly Dim[]): Integers {
  return { scalar: false, elements };
}

function onlyOf(list: readonly number[] | undefined): number | undefined {
  return list?.length === 1 ? list[0] : undefined;
}

function clampIndex(index: number, length: number): number {
  return Math.min(Math.max(index < 0 ? index + length : index, 0), length);
}

function dimsOf(value: Value | undefined): readonly Dim[] | undefined {
  if (value?.constant !== undefined) return value.constant.dims;
  return value?.type?.kind === 'tensor' ? value.type.dims : undefined;
}
