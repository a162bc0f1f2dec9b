import { demand, takes } from '../trtexec.js';
import type { EngineJob } from './job.js';

/** Memory, effort and the device. */
export function resourceWords({ trtexec, intent }: EngineJob): string[] {
  const words: string[] = [];
  const { workspaceMiB, builderLevel, device } = intent;
  if (workspaceMiB !== undefined) {
    // Both count in MiB where no unit is given.
    if (takes(trtexec, '--memPoolSize')) words.push(`--memPoolSize=workspace:${workspaceMiB}`);
    else words.push(`--workspace=${workspaceMiB}`);
  }
  if (builderLevel !== undefined) {
    demand(trtexec, '--builderOptimizationLevel', '--builder-level');
    words.push(`--builderOptimizationLevel=${builderLevel}`);
  }
  if (device !== undefined) words.push(`--device=${device}`);
  return words;
}

export function timingCacheWords({ trtexec, intent }: EngineJob, file: string | undefined): string[] {
  if (file === undefined) return [];
  const words = [`--timingCacheFile=${file}`];
  if (intent.lockedTimingCache === true) {
    demand(trtexec, '--errorOnTimingCacheMiss', '--locked-timing-cache');
    words.push('--errorOnTimingCacheMiss');
  }
  return words;
}
