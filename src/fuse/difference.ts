import type { Effect } from '../passes/pass.js';
import { isFloat, type DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';

/** How far outputs may be apart where rounding may differ: of the output's largest number, and of each number itself. */
interface Tolerance {
  readonly ofLargest: number;
  readonly ofEach: number;
}

const tolerances: Partial<Record<DType, Tolerance>> = {
  float64: { ofLargest: 1e-6, ofEach: 1e-5 },
  float32: { ofLargest: 1e-4, ofEach: 1e-3 },
  float16: { ofLargest: 1e-2, ofEach: 1e-2 },
};

/**
 * What outputs are compared by. A runtime without float16 kernels computes between casts of its own, which come
 * and go with the nodes around: a model that holds float16 is rounded differently by any edit.
 */
export interface Comparison {
  readonly effect: Effect;
  readonly holdsHalf: boolean;
}

/** Of whole numbers that come from rounded ones (classes, quantized values) so many may be others. */
const otherIntegers = 0.01;

/**
 * What tells two outputs apart beyond what the passes' effects allow, or undefined. Exact passes allow
 * nothing: the same bits, where any not-a-number is like any other.
 */
export function differenceOf(
  expected: Tensor,
  found: Tensor | undefined,
  { effect, holdsHalf }: Comparison,
): string | undefined {
  if (found === undefined) return 'is missing';
  if (found.dtype !== expected.dtype) return `is ${found.dtype} in place of ${expected.dtype}`;
  if (found.dims.join() !== expected.dims.join())
    return `is [${found.dims.join()}] in place of [${expected.dims.join()}]`;
  if (expected.dtype === 'string') return sameStrings(expected, found) ? undefined : 'holds other strings';
  if (Buffer.compare(expected.bytes(), found.bytes()) === 0) return undefined;
  const [a, b] = [expected.toNumbers(), found.toNumbers()];
  const isExact = effect === 'exact' && !holdsHalf;
  if (!isFloat(expected.dtype)) return integersApart(a, b, isExact ? 0 : otherIntegers * a.length);
  return floatsApart(a, b, isExact ? undefined : tolerances[holdsHalf ? 'float16' : expected.dtype]);
}

function floatsApart(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  allowed: Tolerance | undefined,
): string | undefined {
  let largest = 0;
  for (let i = 0; i < a.length; i++) if (Number.isFinite(a[i])) largest = Math.max(largest, Math.abs(a[i]!));
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    // Zeros of either sign are equal here.
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    // Of an infinity any share is an infinity, which would allow everything.
    const isRounded = allowed !== undefined && Number.isFinite(x);
    const limit = isRounded ? allowed.ofLargest * largest + allowed.ofEach * Math.abs(x) : 0;
    if (!(Math.abs(x - y) <= limit)) return `is ${y} in place of ${x} at element ${i}`;
  }
  return undefined;
}

function integersApart(a: ArrayLike<number>, b: ArrayLike<number>, allowed: number): string | undefined {
  let others = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) others += 1;
    if (others > allowed) return `is ${b[i]} in place of ${a[i]} at element ${i}`;
  }
  return undefined;
}

function sameStrings(a: Tensor, b: Tensor): boolean {
  return a.strings.every((text, index) => Buffer.compare(text, b.strings[index]!) === 0);
}
