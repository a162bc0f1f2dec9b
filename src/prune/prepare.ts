import type { Model } from '../ir/model.js';
import { runPasses, type PipelineReport } from '../passes/pipeline.js';
import { preparePasses } from '../passes/presets.js';
import { createEvaluator } from '../runtime/evaluate.js';
import { inferShapes } from '../runtime/shapes.js';

/** A constant that folding makes may be this large, in bytes. */
const constantBudget = 64 * 2 ** 20;

/** Constants, types and fusions, in place: weights stand alone and BatchNormalization is part of them. The opset stays. */
export async function prepareForPruning(model: Model): Promise<PipelineReport> {
  const report = await runPasses(model, preparePasses, {
    evaluate: createEvaluator(model),
    inferTypes: inferShapes,
    constantBudget,
  });
  await inferShapes(model);
  return report;
}
