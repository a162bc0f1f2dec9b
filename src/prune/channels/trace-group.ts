import { factorize, invertFactored } from '../linear/cholesky.js';
import type { Unit } from './groups.js';

/** One matrix that reads the channels of a group. */
export interface Reader {
  readonly n: number;
  /** [rows, n] */
  readonly weights: Float64Array;
  /** The inverse of the inputs' second moments where updates are affordable, else these moments themselves. */
  readonly matrix: Float64Array;
  readonly exact: boolean;
  readonly columns: ReadonlyMap<Unit, Int32Array>;
  /** What an error of this matrix's outputs weighs. */
  readonly weight: number;
}

/**
 * The order in which units go and what each costs, the cheapest first, by the error that their readers make when the
 * columns that stay make up for those that go: blocks of columns at a time, as Optimal Brain Surgeon does with
 * single weights. Readers that are not exact count what the columns carry, without making up for it.
 */
export function traceGroup(
  units: readonly Unit[],
  readers: readonly Reader[],
  base: ReadonlyMap<Unit, number>,
): { order: Unit[]; cost: Float64Array } {
  const states = readers.map((reader) => ({
    ...reader,
    weights: reader.weights.slice(),
    matrix: reader.exact ? reader.matrix.slice() : reader.matrix,
  }));
  const alive = new Set(units);
  const order: Unit[] = [];
  const cost = new Float64Array(units.length);
  const moving = states.some(({ exact }) => exact);
  const costs = new Map<Unit, number>();
  let highest = 0;
  while (alive.size > 0) {
    let best: Unit | undefined;
    let lowest = Infinity;
    for (const unit of alive) {
      let sum = moving ? undefined : costs.get(unit);
      if (sum === undefined) {
        sum = base.get(unit) ?? 0;
        for (const state of states) sum += state.weight * lossOf(state, state.columns.get(unit)!);
        costs.set(unit, sum);
      }
      if (best === undefined || sum < lowest) [best, lowest] = [unit, sum];
    }
    highest = Math.max(highest, lowest);
    cost[order.length] = highest;
    order.push(best!);
    alive.delete(best!);
    if (alive.size > 0)
      for (const state of states) if (state.exact) eliminate(state, state.columns.get(best!)!);
  }
  return { order, cost };
}

/** tr(W_S (P_SS)^-1 W_Sᵀ) with P the inverse, or tr(W_S H_SS W_Sᵀ). */
function lossOf({ n, weights, matrix, exact }: Reader, columns: Int32Array): number {
  const size = columns.length;
  const part = pick(matrix, n, columns);
  const metric = exact ? inverted(part, size) : part;
  if (metric === undefined) return 0;
  let sum = 0;
  for (let row = 0; row < weights.length; row += n) {
    for (let i = 0; i < size; i++) {
      const value = weights[row + columns[i]!]!;
      if (value === 0) continue;
      for (let j = 0; j < size; j++) sum += value * metric[i * size + j]! * weights[row + columns[j]!]!;
    }
  }
  return sum;
}

/** Takes columns out: changes the weights that stay and their inverse as if these columns had never been. */
function eliminate({ n, weights, matrix }: Reader, columns: Int32Array): void {
  const size = columns.length;
  const metric = inverted(pick(matrix, n, columns), size);
  if (metric === undefined) return;
  // g = P_S,: and k = (P_SS)^-1 g, both [size, n].
  const g = new Float64Array(size * n);
  for (let i = 0; i < size; i++) g.set(matrix.subarray(columns[i]! * n, columns[i]! * n + n), i * n);
  const k = new Float64Array(size * n);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const factor = metric[i * size + j]!;
      for (let c = 0; c < n; c++) k[i * n + c]! += factor * g[j * n + c]!;
    }
  }
  for (let row = 0; row < weights.length; row += n) {
    for (let i = 0; i < size; i++) {
      const value = weights[row + columns[i]!]!;
      g[i] = value;
    }
    for (let i = 0; i < size; i++) {
      const value = g[i]!;
      for (let c = 0; c < n; c++) weights[row + c]! -= value * k[i * n + c]!;
    }
    for (const column of columns) weights[row + column] = 0;
  }
  for (let i = 0; i < size; i++) g.set(matrix.subarray(columns[i]! * n, columns[i]! * n + n), i * n);
  for (let row = 0; row < n; row++) {
    for (let i = 0; i < size; i++) {
      const value = g[i * n + row]!;
      if (value === 0) continue;
      for (let c = 0; c < n; c++) matrix[row * n + c]! -= value * k[i * n + c]!;
    }
  }
}

function pick(matrix: Float64Array, n: number, columns: Int32Array): Float64Array {
  const size = columns.length;
  const part = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) part[i * size + j] = matrix[columns[i]! * n + columns[j]!]!;
  }
  return part;
}

function inverted(part: Float64Array, size: number): Float64Array | undefined {
  if (size === 1) return part[0]! > 0 ? Float64Array.of(1 / part[0]!) : undefined;
  return factorize(part, size) ? invertFactored(part, size) : undefined;
}
