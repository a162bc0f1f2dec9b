import type { Tool } from '../tool.js';
import type { WrittenModel } from './triton/repository.js';

/** What `infer-opt package` did: schema `infer-opt/package@1`. */
export interface PackageResult {
  readonly schema: 'infer-opt/package@1';
  readonly tool: Tool;
  readonly target: 'triton';
  readonly repository: string;
  readonly models: readonly PackagedModel[];
  /** Files for a cluster. */
  readonly manifests: readonly string[];
  readonly warnings: readonly string[];
}

export interface PackagedModel extends WrittenModel {
  /** Null for an ensemble. */
  readonly artifact: string | null;
  readonly backend: string;
  /** 0 where the server joins no requests; null where it reads this from the engine. */
  readonly max_batch_size: number | null;
  /** Why there are no batches, or how it was found that there are. */
  readonly batch: string;
  /** Where the settings come from: a plan's path, or `default`. */
  readonly settings_from: string;
  readonly window_ms: number | null;
  readonly instances: number;
}
