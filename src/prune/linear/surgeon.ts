/**
 * Removing weights of one row one by one, each time the one that costs least, with the optimal change of those
 * that stay: Optimal Brain Surgeon (Hassibi and Stork 1993) on a layer's own output error, one row at a time
 * as in Optimal Brain Compression (Frantar and Alistarh 2022).
 */

/** In which order the weights of a row go, and what each removal adds to the squared error. */
export interface Trace {
  /** Columns, first to last. */
  readonly order: Int32Array;
  /** Squared error that the removal adds; never falling along the order. */
  readonly cost: Float64Array;
}

export interface TraceOptions {
  /** How many weights go at most; all without. */
  readonly most?: number;
  /** Columns that must not go (any more), by the number of removals so far in each group. */
  readonly groups?: { readonly of: Int32Array; readonly removable: number };
}

/** Working memory of `traceRow`, to be used for all rows of a layer. */
export function traceMemory(n: number): Float64Array {
  return new Float64Array(n * n);
}

/**
 * The trace of one row. `inverse` is the inverse of the inputs' second moments, [n, n]. Zero weights go first,
 * at no cost. Takes n³/6 multiplications for a whole row.
 */
export function traceRow(
  weights: Float64Array,
  inverse: Float64Array,
  n: number,
  memory: Float64Array,
  options: TraceOptions = {},
): Trace {
  const { groups } = options;
  const most = Math.min(options.most ?? n, n);
  memory.set(inverse);
  const p = memory;
  const w = weights.slice();
  const columns = Int32Array.from({ length: n }, (_, index) => index);
  const removedOf = groups === undefined ? undefined : new Int32Array(n);
  const order = new Int32Array(most);
  const cost = new Float64Array(most);
  let alive = n;
  let count = 0;
  let highest = 0;
  const column = new Float64Array(n);
  while (count < most) {
    let best = -1;
    let lowest = Infinity;
    for (let i = 0; i < alive; i++) {
      if (removedOf !== undefined && removedOf[groups!.of[columns[i]!]!]! >= groups!.removable) continue;
      const score = w[i]! ** 2 / p[i * n + i]!;
      if (score < lowest) {
        lowest = score;
        best = i;
      }
    }
    if (best < 0) break;
    highest = Math.max(highest, lowest);
    order[count] = columns[best]!;
    cost[count] = highest;
    count += 1;
    if (removedOf !== undefined) removedOf[groups!.of[columns[best]!]!]! += 1;
    const last = alive - 1;
    // Only the lower triangle is kept up to date.
    for (let i = 0; i < alive; i++) column[i] = i < best ? p[best * n + i]! : p[i * n + best]!;
    const pivot = column[best]!;
    const change = w[best]! / pivot;
    for (let i = 0; i < alive; i++) w[i]! -= change * column[i]!;
    // The last one takes the place of the one that goes.
    if (best !== last) {
      for (let i = 0; i < last; i++) {
        const value = p[last * n + i]!;
        if (i < best) p[best * n + i] = value;
        else if (i > best) p[i * n + best] = value;
      }
      p[best * n + best] = p[last * n + last]!;
      w[best] = w[last]!;
      columns[best] = columns[last]!;
      column[best] = column[last]!;
    }
    alive = last;
    for (let i = 0; i < alive; i++) {
      const factor = column[i]! / pivot;
      if (factor === 0) continue;
      const row = i * n;
      for (let j = 0; j <= i; j++) p[row + j]! -= factor * column[j]!;
    }
  }
  return { order: order.subarray(0, count), cost: cost.subarray(0, count) };
}
