import { InferOptError } from '../../errors.js';
import { makeBatchDynamic } from '../../ir/dynamic-batch.js';
import type { Model } from '../../ir/model.js';
import { tensorType } from '../../ir/types.js';
import { upgradeOpset } from '../../onnx/upgrade/upgrade.js';
import { runPasses } from '../../passes/pipeline.js';
import { preparePasses } from '../../passes/presets.js';
import { copyModel } from '../../prune/repair/part.js';
import { createEvaluator } from '../../runtime/evaluate.js';
import { inferShapes } from '../../runtime/shapes.js';
import type { Tensor } from '../../tensor/tensor.js';

/** Gradients read operators in the forms of this operator set or a newer one. */
const leastOpset = 17;

/** A constant that folding makes may be this large, in bytes. */
const constantBudget = 64 * 2 ** 20;

/**
 * A copy of a model for batches of exactly `batch` samples like `sample` (inputs of one sample each): every
 * shape is a number. Constants keep their names. Throws `model` where the model cannot take more than one sample.
 */
export async function batchedModel(
  model: Model,
  sample: ReadonlyMap<string, Tensor>,
  batch: number,
): Promise<Model> {
  const copy = copyModel(model);
  upgradeOpset(copy, Math.max(leastOpset, copy.opset));
  if (batch > 1) openBatch(copy, sample);
  for (const input of copy.graph.requiredInputs) {
    const tensor = sample.get(input.name);
    if (tensor === undefined) throw new InferOptError('internal', `no sample of input ${input.name}`);
    input.type = tensorType(tensor.dtype, [batch * (tensor.dims[0] ?? 1), ...tensor.dims.slice(1)]);
  }
  for (const output of copy.graph.outputs) output.type = forgotten(output.type);
  await runPasses(copy, preparePasses, {
    evaluate: createEvaluator(copy),
    inferTypes: inferShapes,
    constantBudget,
  });
  await inferShapes(copy);
  return copy;
}

function openBatch(model: Model, sample: ReadonlyMap<string, Tensor>): void {
  for (const [name, { dims }] of sample) {
    if (dims[0] === 1) continue;
    throw new InferOptError('model', `input ${name} is [${dims.join(', ')}]: its first length is no batch`, {
      hint: 'train with --batch 1',
    });
  }
  const ends = [...model.graph.requiredInputs, ...model.graph.outputs];
  const fixed = ends.some(({ type }) => type?.kind === 'tensor' && type.dims?.[0] === 1);
  if (fixed) makeBatchDynamic(model);
}

function forgotten(
  type: ReturnType<typeof tensorType> | undefined,
): ReturnType<typeof tensorType> | undefined {
  return type?.kind === 'tensor' ? tensorType(type.dtype) : type;
}
