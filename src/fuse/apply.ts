import { InferOptError } from '../errors.js';
import type { Model } from '../ir/model.js';
import { verifyModel } from '../ir/verify.js';
import type { Pass, PassContext } from '../passes/pass.js';
import { runPasses, type PipelineReport } from '../passes/pipeline.js';
import type { Progress } from '../progress.js';
import type { FuseRequest } from './request.js';

/** By how many bytes a constant that folding makes may be larger than what it replaces. */
const constantBudget = 2 ** 20;

/** A model that the passes have been run on. */
export interface Fused {
  readonly model: Model;
  readonly report: PipelineReport;
}

/** Carries a freshly read model to the operator set that is asked for and runs the passes on it, in place. */
export async function applyPasses(
  model: Model,
  passes: readonly Pass[],
  stopAfter: number | undefined,
  { opset, signal, verify }: FuseRequest,
  progress: Progress,
): Promise<Fused> {
  if (opset !== undefined) await carryTo(model, opset);
  const step = progress.start('Fusing');
  try {
    const report = await runPasses(model, passes, contextOf(model), {
      ...(stopAfter === undefined ? {} : { stopAfter }),
      // Without a comparison, in a hurry: one look at the end instead of one after every pass.
      verify: verify !== false,
      onPass: ({ name }) => {
        signal?.throwIfAborted();
        step.note(name);
      },
    });
    if (verify === false) verifyModel(model);
    return { model, report };
  } finally {
    step.done();
  }
}

async function carryTo(model: Model, opset: number): Promise<void> {
  if (opset < model.opset) {
    throw new InferOptError(
      'usage',
      `the model has opset ${model.opset}, and cannot be carried back to ${opset}`,
      {
        hint: 'export it again with an older opset, or leave --opset out',
      },
    );
  }
  if (opset === model.opset) return;
  const [{ inferShapes }, { upgradeOpset }] = await Promise.all([
    import('../runtime/shapes.js'),
    import('../onnx/upgrade/upgrade.js'),
  ]);
  // Older forms say less about themselves than newer ones need: types tell.
  await inferShapes(model).catch((error: unknown) => {
    if (!(error instanceof InferOptError) || error.code !== 'model') throw error;
  });
  upgradeOpset(model, opset);
}

/** The runtime, which is opened for what needs it: most models are simplified without. */
function contextOf(model: Model): PassContext {
  let evaluate: PassContext['evaluate'] | undefined;
  return {
    async evaluate(nodes) {
      evaluate ??= (await import('../runtime/evaluate.js')).createEvaluator(model);
      return evaluate(nodes);
    },
    async inferTypes(asked) {
      const { inferShapes } = await import('../runtime/shapes.js');
      await inferShapes(asked);
    },
    constantBudget,
  };
}
