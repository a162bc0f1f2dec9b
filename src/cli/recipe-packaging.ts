import type { Progress } from '../progress.js';
import type { Packaging } from '../recipe/steps/step.js';
import { packageModels } from '../jobs/package/request.js';

/** The step `package` of a recipe: the command with the settings that a recipe has, and its own defaults. */
export function recipePackaging(work: {
  readonly seed: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}): Packaging {
  return async (artifact, output, { name, max_batch: maxBatch, instances }) => {
    const result = await packageModels({
      ...work,
      artifacts: [artifact],
      output,
      ...(typeof name === 'string' ? { name } : {}),
      ...(typeof maxBatch === 'number' ? { maxBatch } : {}),
      ...(typeof instances === 'number' ? { instances } : {}),
    });
    return { result, warnings: result.warnings };
  };
}
