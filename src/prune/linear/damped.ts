import { InferOptError } from '../../errors.js';
import { factorize } from './cholesky.js';

/** A Hessian whose diagonal was raised until it could be factorized. */
export interface Damped {
  /** The damped matrix. */
  readonly matrix: Float64Array;
  /** What was added to each element of the diagonal. */
  readonly damping: Float64Array;
  readonly factor: Float64Array;
}

/** More damping than the matrix has itself means that it holds no numbers. */
const mostAttempts = 12;

/** How much of the variances is added for each unknown that an observation has to tell. */
const shrinkage = 0.3;

/**
 * Adds `share` of the mean of the diagonal to the diagonal, ten times more where that does not make the matrix
 * positive definite; inputs that never move get the same small curvature, so that nothing divides by zero.
 * With few observations for `n` unknowns, what inputs seem to have in common is partly chance: a part of the
 * diagonal itself, in proportion to `n / count`, is added as well (a shrinkage to the variances, as Ledoit and
 * Wolf 2004 have it in spirit).
 */
export function damped(square: Float64Array, n: number, count: number, share: number): Damped {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += square[i * n + i]!;
  let least = (share * trace) / n || 1;
  const part = shrinkage * Math.min(1, n / Math.max(1, count));
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const damping = Float64Array.from({ length: n }, (_, i) => least + part * square[i * n + i]!);
    const matrix = square.slice();
    for (let i = 0; i < n; i++) matrix[i * n + i]! += damping[i]!;
    const factor = matrix.slice();
    if (factorize(factor, n)) return { matrix, damping, factor };
    least *= 10;
  }
  throw new InferOptError('data', 'second moments of a layer are no finite numbers', {
    hint: 'leave out samples on which the model overflows',
  });
}
