import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { upgradeOpset } from '../onnx/upgrade/upgrade.js';
import type { Pass, PassContext } from '../passes/pass.js';
import { runPasses, type PipelineReport } from '../passes/pipeline.js';
import { preparePasses } from '../passes/presets.js';
import { createEvaluator } from '../runtime/evaluate.js';
import { inferShapes } from '../runtime/shapes.js';

/** A constant that folding makes may be this much larger than those that it is made of, in bytes: files must not grow. */
const constantBudget = 64 * 2 ** 10;

/** The oldest operator set that the runtime takes. */
export const oldestOpened = 7;

export interface Preparation {
  readonly opset: { readonly from: number; readonly to: number };
  readonly passes: PipelineReport;
  readonly warnings: readonly string[];
}

export interface PrepareOptions {
  /** Operator set to carry the model to; it stays where it is when it cannot be carried. */
  readonly opset: number;
  /** True when `opset` was asked for by name: then it is an error when it cannot be reached. */
  readonly strict?: boolean | undefined;
  /** Passes to run after the standard preparation. */
  readonly extraPasses?: readonly Pass[] | undefined;
}

/** The context of passes: constants and types from the runtime. */
export function passContext(model: Model): PassContext {
  return { evaluate: createEvaluator(model), inferTypes: inferShapes, constantBudget };
}

/** Brings a model into the form that kernels want, in place: operator set, types, folded constants and fusions. */
export async function prepare(model: Model, options: PrepareOptions): Promise<Preparation> {
  const warnings: string[] = [];
  const from = model.opset;
  if (options.strict === true && options.opset < from) {
    throw new InferOptError(
      'usage',
      `the model is at opset ${from}, and nothing lowers it to ${options.opset}`,
      {
        hint: `ask for opset ${from} or a newer one`,
      },
    );
  }
  // The runtime opens nothing older; the conversions then find the types that they need by the operators' rules.
  if (from >= oldestOpened) await inferShapes(model);
  try {
    upgradeOpset(model, Math.max(options.opset, from));
  } catch (cause) {
    const needed = options.strict === true || from < oldestOpened;
    if (needed || !(cause instanceof InferOptError) || cause.code !== 'model') throw cause;
    warnings.push(`the model stays at opset ${from}: ${cause.message}`);
  }
  const passes = await runPasses(
    model,
    [...preparePasses, ...(options.extraPasses ?? [])],
    passContext(model),
  );
  await inferShapes(model);
  return { opset: { from, to: model.opset }, passes, warnings };
}
