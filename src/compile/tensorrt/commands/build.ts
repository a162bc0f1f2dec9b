import { takes } from '../trtexec.js';
import { engineKindWords } from './engine-kind.js';
import type { BuildFiles, EngineJob } from './job.js';
import { precisionWords } from './precision.js';
import { resourceWords, timingCacheWords } from './resources.js';
import { profileWords } from './shapes.js';

/**
 * The words that build an engine and do nothing else. Throws `usage` when this version of trtexec cannot do what is
 * wanted.
 */
export function buildWords(job: EngineJob, files: BuildFiles): string[] {
  const { trtexec, intent } = job;
  return [
    `--onnx=${files.model}`,
    `--saveEngine=${files.engine}`,
    ...precisionWords(job),
    ...profileWords(job),
    ...resourceWords(job),
    ...engineKindWords(job),
    ...timingCacheWords(job, files.timingCache),
    // Names alone are exported otherwise, and nothing could be said about precisions.
    ...(takes(trtexec, '--exportLayerInfo')
      ? ['--profilingVerbosity=detailed', `--exportLayerInfo=${files.layers}`]
      : []),
    takes(trtexec, '--skipInference') ? '--skipInference' : '--buildOnly',
    ...(intent.extra ?? []),
  ];
}
