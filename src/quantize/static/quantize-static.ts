import { InferOptError } from '../../errors.js';
import type { CollectOptions } from '../../calibrate/collect.js';
import type { Range, RangeMethod } from '../../calibrate/range-method.js';
import type { SampleSet } from '../../data/types.js';
import type { Model } from '../../ir/model.js';
import type { Node } from '../../ir/node.js';
import { equalizeChannels } from '../equalize/equalize.js';
import type { MixedGoal } from '../mixed/goal.js';
import { chooseLifted } from '../mixed/choose-lifted.js';
import type { MixedReport } from '../mixed/report.js';
import type { Overrides } from '../overrides/overrides.js';
import type { Target } from '../targets/target.js';
import { calibrateStatic, placesOf } from './calibration.js';
import { chooseMethod } from './choose-method.js';
import type { WeightPrecision } from './emit.js';
import { emitCalibrated, RoundedWeights } from './emit-calibrated.js';
import { valuesToObserve, valuesToObserveForParts } from './parameters.js';
import { planStatic, type StaticPlan } from './plan.js';
import { smallLayers } from './small-layers.js';

export interface StaticOptions extends CollectOptions {
  readonly target: Target;
  readonly method: RangeMethod;
  readonly samples: SampleSet;
  readonly isExcluded: (node: Node) => boolean;
  /** `output` (without): weights are rounded so that outputs change least; `nearest`: each to its nearest integer. */
  readonly rounding?: 'output' | 'nearest' | undefined;
  /** 8 bits with the scales of the largest weights, without. */
  readonly weights?: WeightPrecision | undefined;
  /** Adds to biases what rounding the weights takes from the means of outputs; on without. */
  readonly correctBias?: boolean | undefined;
  /** Scales channels between Convs beforehand, so that they use the range of integers alike. */
  readonly equalize?: boolean | undefined;
  /** Leaves the groups that cost most accuracy in float until this is met; all that can be become integers without. */
  readonly goal?: MixedGoal | undefined;
  /** Ranges that are not chosen but used as they are, by the values' names. */
  readonly ranges?: ReadonlyMap<string, Range> | undefined;
  /** What holds for single nodes and values instead. */
  readonly overrides?: Overrides | undefined;
}

export interface QuantizedStatic extends StaticPlan {
  /** The ranges of all values that are integers now, by their names. */
  readonly ranges: ReadonlyMap<string, Range>;
  /** How they were chosen: as was asked for, or better for this model. */
  readonly method: RangeMethod;
  /** Those that stay float for the sake of a goal. */
  readonly lifted: ReadonlySet<Node>;
  /** How a goal was met or missed; undefined without one. */
  readonly mixed: MixedReport | undefined;
}

/**
 * Quantizes a prepared model in place: weights and activations to integers wherever the target has a kernel
 * for it, ranges from the samples. The model stays untouched when nothing can become integer: the plan's
 * `groups` are empty then.
 */
export async function quantizeStatic(model: Model, given: StaticOptions): Promise<QuantizedStatic> {
  const fixed = { ...given, weights: given.weights ?? ({ bits: 8, scales: 'max' } as const) };
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
  const plan = planStatic(model.graph, given.target, given.isExcluded);
  if (plan.groups.length === 0)
    return { ...plan, ranges: new Map(), method: given.method, lifted: new Set(), mixed: undefined };
  if (given.equalize === true) await equalizeChannels(model, given.samples, given);
  const wide = given.weights?.bits === 4 ? smallLayers(model, plan) : undefined;
  const options = { ...fixed, wide };
  const values = options.goal === undefined ? valuesToObserve(plan) : valuesToObserveForParts(plan);
  const calibration = await calibrateStatic(model, plan, values, options);
  const rounded = new RoundedWeights();
  const method = await chooseMethod(model, calibration, options, rounded);
  const chosen = { ...options, method };
  if (options.goal === undefined) {
    const ranges = emitCalibrated(model, plan, calibration, chosen, rounded);
    return { ...plan, ranges, method, lifted: new Set(), mixed: undefined };
  }
  const { lifted, report } = await chooseLifted(model, plan, calibration, chosen, options.goal);
  const places = placesOf(model.graph);
  const isExcluded = (node: Node): boolean => lifted.has(places.get(node) ?? -1) || options.isExcluded(node);
  const nodes = new Set([...places].flatMap(([node, place]) => (lifted.has(place) ? [node] : [])));
  const labels = new Set([...nodes].map((node) => node.label));
  const rest = planStatic(model.graph, options.target, isExcluded);
  const left = rest.left.map((one) =>
    labels.has(one.node) ? { ...one, reason: `lifted to float for ${report.goal}` } : one,
  );
  const ranges = emitCalibrated(model, rest, calibration, chosen, rounded);
  return { ...rest, left, ranges, method, lifted: nodes, mixed: report };
}
