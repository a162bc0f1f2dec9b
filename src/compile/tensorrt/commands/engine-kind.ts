import { demand } from '../trtexec.js';
import type { EngineJob } from './job.js';

/** What kind of engine it becomes: sparse, for other versions, for other GPUs, without weights. */
export function engineKindWords({ trtexec, intent }: EngineJob): string[] {
  const words: string[] = [];
  const { sparsity, versionCompatible, hardwareCompatibility, stripWeights } = intent;
  if (sparsity !== undefined && sparsity !== 'disable') words.push(`--sparsity=${sparsity}`);
  if (versionCompatible === true) {
    demand(trtexec, '--versionCompatible', '--version-compatible');
    words.push('--versionCompatible');
  }
  if (hardwareCompatibility !== undefined && hardwareCompatibility !== 'none') {
    demand(trtexec, '--hardwareCompatibilityLevel', '--hardware-compatibility');
    words.push(`--hardwareCompatibilityLevel=${hardwareCompatibility}`);
  }
  if (stripWeights === true) {
    demand(trtexec, '--stripWeights', '--strip-weights');
    words.push('--stripWeights');
  }
  return words;
}
