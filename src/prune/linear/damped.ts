import { InferOptError } from '../../errors.js';
import { factorize } from './cholesky.js';

/** A Hessian whose diagonal was raised until it could be factorized. */
export interface Damped {
  /** The damped matrix. */
  readonly matrix: Float64Array;
  /** What was added to every element of the diagonal. */
  readonly damping: number;
  readonly factor: Float64Array;
}

/** More damping than the matrix has itself means that it holds no numbers. */
const mostAttempts = 12;

/**
 * Adds `share` of the mean of the diagonal to the diagonal, ten times more where that does not make the matrix
 * positive definite. Inputs that never move get the same small curvature, so that nothing divides by zero.
 */
export function damped(square: Float64Array, n: number, share: number): Damped {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += square[i * n + i]!;
  let damping = (share * trace) / n || 1;
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const matrix = square.slice();
    for (let i = 0; i < n; i++) matrix[i * n + i]! += damping;
    const factor = matrix.slice();
    if (factorize(factor, n)) return { matrix, damping, factor };
    damping *= 10;
  }
  throw new InferOptError('data', 'second moments of a layer are no finite numbers', {
    hint: 'leave out samples on which the model overflows',
  });
}
