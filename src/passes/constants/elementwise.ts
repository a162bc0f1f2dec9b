import { dtypeFromCode, type DType } from '../../tensor/dtype.js';
import { elementCount, Tensor } from '../../tensor/tensor.js';
import { fitsInt32, integerTensor, safeIntegersOf } from './integers.js';
import { mostElements, type ConstantRule } from './site.js';
import { broadcastDims, broadcastView, placesOf, roomFor, wholeOf, wordsOf } from './view.js';

/**
 * Arithmetic whose result is the same on every machine: integers wrap around, and one operation on floats is rounded
 * once, so that float64 rounded to float32 is what float32 arithmetic gives (for + - * / and the square root).
 */
export const elementwiseConstants: Readonly<Record<string, ConstantRule>> = {
  Add: binary(
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  Sub: binary(
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  Mul: binary(
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  Div: binary((a, b) => a / b, quotient),
  Equal: comparison((a, b) => a === b),
  Less: comparison((a, b) => a < b),
  LessOrEqual: comparison((a, b) => a <= b),
  Greater: comparison((a, b) => a > b),
  GreaterOrEqual: comparison((a, b) => a >= b),
  Not: ({ inputs: [data] }) =>
    data?.dtype === 'bool' && data.size <= mostElements
      ? Tensor.of(
          'bool',
          data.dims,
          Uint8Array.from(data.values() as Uint8Array, (one) => (one === 0 ? 1 : 0)),
        )
      : undefined,
  // Of several numbers the runtime computes the root by other instructions, which may round in another way.
  Sqrt: ({ inputs: [data] }) =>
    data?.size === 1 && (data.dtype === 'float32' || data.dtype === 'float64') ? rootOf(data) : undefined,
  Cast: ({ node, inputs: [data] }) => {
    const to = dtypeFromCode(node.int('to', 0));
    return data === undefined || to === undefined || data.size > mostElements ? undefined : cast(data, to);
  },
  Where: ({ inputs: [condition, yes, no] }) => {
    if (condition?.dtype !== 'bool' || yes === undefined || yes.dtype !== no?.dtype) return undefined;
    const both = broadcastDims(yes.dims, no.dims);
    const dims = both === undefined ? undefined : broadcastDims(condition.dims, both);
    if (dims === undefined || elementCount(dims) > mostElements) return undefined;
    const [chosen, first, second] = [condition, yes, no].map((part) => placesWithin(part, dims));
    const [left, right] = [wordsOf(yes), wordsOf(no)];
    if (left === undefined || right === undefined) return undefined;
    const decisions = condition.values();
    const { unit } = left;
    const result = roomFor(left, elementCount(dims));
    for (let index = 0; index < chosen!.length; index++) {
      const [from, place] =
        decisions[chosen![index]!] !== 0 ? [left, first![index]!] : [right, second![index]!];
      for (let part = 0; part < unit; part++) result[index * unit + part] = from.array[place * unit + part]!;
    }
    return Tensor.of(yes.dtype, dims, result);
  },
  Range: ({ inputs }) => {
    const [start, limit, delta] = inputs;
    const dtype = start?.dtype;
    if (start === undefined || (dtype !== 'int64' && dtype !== 'int32')) return undefined;
    const numbers = [start, limit, delta].map((part) =>
      part?.dtype === dtype && part.size === 1 ? part.toNumbers()[0]! : NaN,
    );
    const [from, to, step] = numbers as [number, number, number];
    const length = Math.max(Math.ceil((to - from) / step), 0);
    if (!numbers.every(Number.isSafeInteger) || step === 0 || length > mostElements) return undefined;
    return integerTensor(
      dtype,
      [length],
      Float64Array.from({ length }, (_, index) => from + index * step),
    );
  },
};

function rootOf(data: Tensor): Tensor | undefined {
  const root = Math.sqrt(data.toNumbers()[0]!);
  return Number.isNaN(root) ? undefined : Tensor.fromNumbers(data.dtype, data.dims, [root]);
}

function placesWithin(part: Tensor, dims: readonly number[]): Int32Array {
  return placesOf(broadcastView(wholeOf(part.dims), dims)!);
}

/** The elements of two tensors of one type, side by side as they broadcast; undefined where there are too many. */
function pairs(a: Tensor | undefined, b: Tensor | undefined) {
  if (a === undefined || b === undefined || a.dtype !== b.dtype) return undefined;
  const dims = broadcastDims(a.dims, b.dims);
  if (dims === undefined || elementCount(dims) > mostElements) return undefined;
  return { dtype: a.dtype, dims, left: placesWithin(a, dims), right: placesWithin(b, dims) };
}

function binary(
  ofFloats: (a: number, b: number) => number,
  ofIntegers: (a: bigint, b: bigint) => bigint | undefined,
): ConstantRule {
  // Before opset 7 broadcasting goes by an axis.
  return ({ opset, inputs: [a, b] }) => {
    const found = opset < 7 ? undefined : pairs(a, b);
    if (found === undefined) return undefined;
    const { dtype, dims, left, right } = found;
    if (dtype === 'float32' || dtype === 'float64') {
      const [first, second] = [a!.toNumbers(), b!.toNumbers()];
      const results = Array.from(left, (place, index) => ofFloats(first[place]!, second[right[index]!]!));
      // What is no number has many forms.
      return results.some(Number.isNaN) ? undefined : Tensor.fromNumbers(dtype, dims, results);
    }
    if (dtype !== 'int64' && dtype !== 'int32') return undefined;
    const counted = ofIntegers === quotient ? undefined : count(a!, b!, left, right, ofFloats);
    if (counted !== undefined && (dtype === 'int64' || fitsInt32(counted)))
      return integerTensor(dtype, dims, counted);
    const [first, second] = [a!.toBigInts(), b!.toBigInts()];
    const results = Array.from(left, (place, index) => ofIntegers(first[place]!, second[right[index]!]!));
    return results.every((one) => one !== undefined) ? wrapped(dtype, dims, results) : undefined;
  };
}

/** Rounded toward zero. Nothing is said about what is left out here. */
function quotient(a: bigint, b: bigint): bigint | undefined {
  return b === 0n || b === -1n ? undefined : a / b;
}

/** The same in float64, which is many times faster and exact as long as no number is too large for it. */
function count(
  a: Tensor,
  b: Tensor,
  left: Int32Array,
  right: Int32Array,
  operation: (a: number, b: number) => number,
): Float64Array | undefined {
  const [first, second] = [safeIntegersOf(a), safeIntegersOf(b)];
  if (first === undefined || second === undefined) return undefined;
  const results = new Float64Array(left.length);
  for (let index = 0; index < results.length; index++) {
    const result = operation(first[left[index]!]!, second[right[index]!]!);
    if (!Number.isSafeInteger(result)) return undefined;
    results[index] = result;
  }
  return results;
}

function comparison(holds: (a: number | bigint, b: number | bigint) => boolean): ConstantRule {
  return ({ opset, inputs: [a, b] }) => {
    const found = opset < 7 ? undefined : pairs(a, b);
    if (found === undefined || !isWhole(found.dtype)) return undefined;
    const [safeFirst, safeSecond] = [safeIntegersOf(a!), safeIntegersOf(b!)];
    const safe = safeFirst !== undefined && safeSecond !== undefined;
    const [first, second] = safe ? [safeFirst, safeSecond] : [a!.toBigInts(), b!.toBigInts()];
    const results = Uint8Array.from(found.left, (place, index) =>
      holds(first[place]!, second[found.right[index]!]!) ? 1 : 0,
    );
    return Tensor.of('bool', found.dims, results);
  };
}

function isWhole(dtype: DType): boolean {
  return dtype === 'int64' || dtype === 'int32' || dtype === 'bool';
}

function cast(data: Tensor, to: DType): Tensor | undefined {
  if (data.dtype === to) return data;
  if (!isWhole(data.dtype)) return undefined;
  const safe = safeIntegersOf(data);
  if (safe !== undefined && (to === 'int64' || (to === 'int32' && fitsInt32(safe))))
    return integerTensor(to, data.dims, safe);
  const elements = data.toBigInts();
  if (to === 'int64' || to === 'int32') return wrapped(to, data.dims, elements);
  if (to === 'bool')
    return Tensor.of(
      'bool',
      data.dims,
      Uint8Array.from(elements, (one) => (one === 0n ? 0 : 1)),
    );
  const numbers = elements.map(Number);
  // Beyond that the number itself is rounded already.
  return (to === 'float32' || to === 'float64') && numbers.every(Number.isSafeInteger)
    ? Tensor.fromNumbers(to, data.dims, numbers)
    : undefined;
}

function wrapped(dtype: 'int64' | 'int32', dims: readonly number[], values: readonly bigint[]): Tensor {
  if (dtype === 'int64')
    return Tensor.of(
      'int64',
      dims,
      BigInt64Array.from(values, (one) => BigInt.asIntN(64, one)),
    );
  return Tensor.of(
    'int32',
    dims,
    Int32Array.from(values, (one) => Number(BigInt.asIntN(32, one))),
  );
}
