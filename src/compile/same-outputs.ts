import { isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';

export interface OutputDifference {
  /** Not one bit differs. */
  readonly identical: boolean;
  /** Largest absolute difference of any number; infinite where names, types or dims differ. */
  readonly maxAbs: number;
  /** The same, over the largest magnitude of the output that it is in (at least 1e-6). */
  readonly relative: number;
}

/** How far two sets of outputs are apart. A NaN equals a NaN. */
export function differenceOf(
  expected: ReadonlyMap<string, Tensor>,
  actual: ReadonlyMap<string, Tensor>,
): OutputDifference {
  let identical = true;
  let [maxAbs, relative] = [0, 0];
  for (const [name, want] of expected) {
    const got = actual.get(name);
    if (got?.dtype !== want.dtype || got.dims.join() !== want.dims.join()) {
      return { identical: false, maxAbs: Infinity, relative: Infinity };
    }
    if (want.dtype !== 'string' && Buffer.from(want.bytes()).equals(got.bytes())) continue;
    const distance = want.dtype === 'string' ? textDistance(want, got) : numberDistance(want, got);
    if (distance.maxAbs > 0) identical = false;
    // -0 and 0, or NaNs of different bits: no difference that anyone could see.
    maxAbs = Math.max(maxAbs, distance.maxAbs);
    relative = Math.max(relative, distance.relative);
  }
  return { identical, maxAbs, relative };
}

function textDistance(want: Tensor, got: Tensor): { maxAbs: number; relative: number } {
  const same = want.strings.every((text, index) => Buffer.from(text).equals(got.strings[index]!));
  return same ? { maxAbs: 0, relative: 0 } : { maxAbs: Infinity, relative: Infinity };
}

function numberDistance(want: Tensor, got: Tensor): { maxAbs: number; relative: number } {
  const [left, right] = [want.toNumbers(), got.toNumbers()];
  let [maxAbs, largest] = [0, isFloat(want.dtype) ? 1e-6 : 1];
  for (let i = 0; i < left.length; i++) {
    const [a, b] = [left[i]!, right[i]!];
    if (Object.is(a, b) || a === b) continue;
    const distance = Math.abs(a - b);
    maxAbs = Math.max(maxAbs, Number.isNaN(distance) ? Infinity : distance);
    largest = Math.max(largest, Number.isFinite(a) ? Math.abs(a) : 0);
  }
  return { maxAbs, relative: maxAbs / largest };
}
