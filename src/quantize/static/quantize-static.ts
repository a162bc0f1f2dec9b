import { InferOptError } from '../../errors.js';
import { collect, type CollectOptions } from '../../calibrate/collect.js';
import { GramProduct } from '../../calibrate/gram-product.js';
import { HistogramObserver } from '../../calibrate/observer.js';
import type { RangeMethod } from '../../calibrate/range-method.js';
import type { SampleSet } from '../../data/types.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { equalizeChannels } from '../equalize/equalize.js';
import type { MomentsObserver } from '../rounding/moments.js';
import { momentObservers } from '../rounding/observe.js';
import type { Target } from '../targets/target.js';
import { meanObservers } from './bias-correction.js';
import { emitQdq, removeDead } from './emit.js';
import { chooseParameters, valuesToObserve } from './parameters.js';
import { planStatic, type StaticPlan } from './plan.js';

export interface StaticOptions extends CollectOptions {
  readonly target: Target;
  readonly method: RangeMethod;
  readonly samples: SampleSet;
  readonly isExcluded: (node: Node) => boolean;
  /** `output` (without): weights are rounded so that outputs change least; `nearest`: each to its nearest integer. */
  readonly rounding?: 'output' | 'nearest' | undefined;
  /** Scales channels between Convs beforehand, so that they use the range of integers alike. */
  readonly equalize?: boolean | undefined;
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
  if (options.equalize === true) await equalizeChannels(model, options.samples, options);
  const observers = valuesToObserve(plan).map((value) => new HistogramObserver(value));
  const means = meanObservers(plan.groups);
  const product = await GramProduct.open(options.threads);
  const moments =
    options.rounding === 'nearest' ? new Map<Node, MomentsObserver>() : momentObservers(plan.groups, product);
  try {
    const watching = [...observers, ...means.values(), ...new Set(moments.values())];
    await collect(model, watching, options.samples, options);
  } finally {
    await product.close();
  }
  const histograms = new Map(observers.map(({ value, histogram }) => [value, histogram]));
  const parameters = chooseParameters(plan, histograms, options.method, options.target);
  emitQdq(model.graph, plan, parameters, {
    target: options.target,
    perChannel: model.opset >= 13,
    moments: new Map([...moments].map(([node, observer]) => [node, observer.finish()])),
    inputMeans: new Map(
      [...means].flatMap(([node, { means: found }]) => (found === undefined ? [] : [[node, found]])),
    ),
  });
  removeDead(model.graph);
  return plan;
}
