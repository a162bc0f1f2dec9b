import type { Progress } from '../progress.js';
import type { Packaging } from '../recipe/steps/step.js';
import { packageArtifacts } from './package/package.js';

/** The step `package` of a recipe: the command with the settings that a recipe has, and its own defaults. */
export function recipePackaging(work: {
  readonly seed: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}): Packaging {
  return async (artifact, output, { name, max_batch: maxBatch, instances }) => {
    const result = await packageArtifacts(
      {
        artifacts: [artifact],
        output,
        seed: work.seed,
        check: true,
        warmUp: 3,
        idle: 5000,
        storage: 'pvc://model-repository',
        image: 'nvcr.io/nvidia/tritonserver:25.08-py3',
        ...(typeof name === 'string' ? { name } : {}),
        ...(typeof maxBatch === 'number' ? { maxBatch } : {}),
        ...(typeof instances === 'number' ? { instances } : {}),
      },
      work,
    );
    return { result, warnings: result.warnings };
  };
}
