/** The public API: what programs that import `infer-opt` may rely on, and nothing else. */
export { InferOptError, type ErrorCode } from './errors.js';
export { silentProgress, type Progress, type ProgressStep } from './progress.js';
