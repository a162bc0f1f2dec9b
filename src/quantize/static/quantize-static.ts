import { InferOptError } from '../../errors.js';
import { collectHistograms, type CollectOptions } from '../../calibrate/collect.js';
import type { RangeMethod } from '../../calibrate/range-method.js';
import type { SampleSet } from '../../data/types.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import type { Target } from '../targets/target.js';
import { emitQdq, removeDead } from './emit.js';
import { chooseParameters, valuesToObserve } from './parameters.js';
import { planStatic, type StaticPlan } from './plan.js';

export interface StaticOptions extends CollectOptions {
  readonly target: Target;
  readonly method: RangeMethod;
  readonly samples: SampleSet;
  readonly isExcluded: (node: Node) => boolean;
}

/**
 * Quantizes a prepared model in place: weights and activations to integers wherever the target has a kernel
 * for it, ranges from the samples. The model stays untouched when nothing can become integer: the plan's
 * `groups` are empty then.
 */
export async function quantizeStatic(model: Model, options: StaticOptions): Promise<StaticPlan> {
  // QuantizeLinear and DequantizeLinear came with opset 10.
  if (model.opset < 10) {
    throw new InferOptError(
      'model',
      `the model stays at opset ${model.opset}, which cannot say quantized values`,
      {
        hint: 'export it at opset 13 or newer',
      },
    );
  }
  const plan = planStatic(model.graph, options.target, options.isExcluded);
  if (plan.groups.length === 0) return plan;
  const histograms = await collectHistograms(model, valuesToObserve(plan), options.samples, options);
  const parameters = chooseParameters(plan, histograms, options.method, options.target);
  emitQdq(model.graph, plan, parameters, { target: options.target, perChannel: model.opset >= 13 });
  removeDead(model.graph);
  return plan;
}
