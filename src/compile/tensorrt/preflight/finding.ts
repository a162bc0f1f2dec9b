/**
 * Something about a model, or about what is asked of it, that matters to TensorRT:
 * - `error`: the build would fail, or not give what was asked
 * - `warning`: it will work, but not as well as it could, or not everywhere
 */
export interface Finding {
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  /** What and where, in one line. */
  readonly message: string;
  /** How many places it was found at. */
  readonly count: number;
  /** What to do about it. */
  readonly hint: string;
  /** True when `--fix` mends it. */
  readonly fixable: boolean;
}
