import { clamp, roundHalfEven } from '../affine.js';

/** How often every weight of a row is looked at; later sweeps change next to nothing. */
const mostSweeps = 6;

/** Share of the mean curvature that is added to each: directions that the samples never took stay near nearest rounding. */
const dampingShare = 0.01;

/** The integers that each weight of a row may become, and what a step of each is worth. */
export interface RowGrid {
  /** Not 0; real = scale * integer. */
  readonly scales: Float64Array;
  readonly lows: Int16Array;
  readonly highs: Int16Array;
}

/** One scale for the whole row, integers from -bound to bound. */
export function uniformGrid(n: number, scale: number, bound: number): RowGrid {
  return {
    scales: new Float64Array(n).fill(scale),
    lows: new Int16Array(n).fill(-bound),
    highs: new Int16Array(n).fill(bound),
  };
}

/**
 * Rounds one row of weights so that the layer's output changes least, not the weights themselves: minimizes
 * (q s - w)ᵀ H (q s - w) over integers q by coordinate descent from nearest rounding, where H holds the
 * second moments of the inputs, [n, n] (K. Behdin et al., "QuantEase", 2023, algorithm 1). The objective never
 * rises. `result` gets the integers; returns the objective's share of what nearest rounding leaves.
 */
export function descendRow(
  weights: ArrayLike<number>,
  moments: Float64Array,
  { scales, lows, highs }: RowGrid,
  result: Int8Array | Int16Array,
): number {
  const n = weights.length;
  const damping = dampingOf(moments, n);
  const gradient = new Float64Array(n);
  const errors = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    result[j] = clamp(roundHalfEven(weights[j]! / scales[j]!), lows[j]!, highs[j]!);
    errors[j] = result[j]! * scales[j]! - weights[j]!;
  }
  for (let j = 0; j < n; j++) addColumn(gradient, moments, n, j, errors[j]!);
  const before = objective(errors, gradient);
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let changed = false;
    for (let j = 0; j < n; j++) {
      const curvature = moments[j * n + j]! + damping;
      if (curvature === 0) continue;
      const scale = scales[j]!;
      const wanted = result[j]! - (gradient[j]! + damping * errors[j]!) / (curvature * scale);
      const integer = clamp(roundHalfEven(wanted), lows[j]!, highs[j]!);
      const step = (integer - result[j]!) * scale;
      if (step === 0) continue;
      result[j] = integer;
      errors[j] = errors[j]! + step;
      addColumn(gradient, moments, n, j, step);
      changed = true;
    }
    if (!changed) break;
  }
  return before === 0 ? 1 : objective(errors, gradient) / before;
}

function dampingOf(moments: Float64Array, n: number): number {
  let trace = 0;
  for (let j = 0; j < n; j++) trace += moments[j * n + j]!;
  return (dampingShare * trace) / n;
}

/** H is symmetric: its row is its column, and lies together. */
function addColumn(
  gradient: Float64Array,
  moments: Float64Array,
  n: number,
  column: number,
  factor: number,
): void {
  if (factor === 0) return;
  const start = column * n;
  for (let k = 0; k < n; k++) gradient[k] = gradient[k]! + factor * moments[start + k]!;
}

function objective(errors: Float64Array, gradient: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < errors.length; j++) sum += errors[j]! * gradient[j]!;
  return sum;
}
