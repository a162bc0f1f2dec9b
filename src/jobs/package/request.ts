import { silentProgress, type Progress } from '../../progress.js';
import type { PackageResult } from '../../serve/package-result.js';
import { packageArtifacts } from './package.js';
import { packageDefaults, type PackageWishes } from './wishes.js';

/** What `infer-opt package` takes as flags; times are in milliseconds. */
export interface PackageRequest
  extends Pick<PackageWishes, 'artifacts' | 'output'>, Partial<Omit<PackageWishes, 'artifacts' | 'output'>> {
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Writes artifacts into a model repository that a server can load.
 *
 * @throws InferOptError `usage` when a wish does not make sense, `model` when a model does not do what is asked,
 *   `output` when the repository cannot be written
 */
export function packageModels({ progress, signal, ...wishes }: PackageRequest): Promise<PackageResult> {
  const work = { progress: progress ?? silentProgress, signal: signal ?? new AbortController().signal };
  return packageArtifacts({ ...packageDefaults, ...wishes }, work);
}
