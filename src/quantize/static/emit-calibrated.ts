import type { Range, RangeMethod } from '../../calibrate/range-method.js';
import type { Model } from '../../ir/model.js';
import type { Overrides } from '../overrides/overrides.js';
import type { Target } from '../targets/target.js';
import type { QuantizedWeights } from '../weights.js';
import { placesOf, type StaticCalibration } from './calibration.js';
import { emitQdq, removeDead, type WeightPrecision } from './emit.js';
import { chooseParameters, rangesOf, valuesToObserve } from './parameters.js';
import type { StaticPlan } from './plan.js';
import { poolBeforeActivation } from './pool-before-activation.js';
import { protectFloatWeights } from './protect-float.js';

export interface EmitOptions {
  readonly target: Target;
  readonly method: RangeMethod;
  readonly weights: WeightPrecision;
  /** Places of nodes whose weights keep 8 bits when the others have 4. */
  readonly wide?: ReadonlySet<number> | undefined;
  /** Ranges that are not chosen by the method but as they are, by the values' names. */
  readonly ranges?: ReadonlyMap<string, Range> | undefined;
  /** How weights are rounded where nothing else is said of their node; `output` without. */
  readonly rounding?: 'output' | 'nearest' | undefined;
  readonly overrides?: Overrides | undefined;
}

const eightBits: WeightPrecision = { bits: 8, scales: 'max' };

/** Weights that were rounded by moments, kept for the next copy of the same model. */
export class RoundedWeights {
  readonly #known = new Map<number, { nearest: QuantizedWeights; rounded: QuantizedWeights }>();

  of(place: number, nearest: QuantizedWeights, round: () => QuantizedWeights): QuantizedWeights {
    const known = this.#known.get(place);
    const [a, b] = [known?.nearest.scale.toFloat32(), nearest.scale.toFloat32()];
    if (known !== undefined && a?.length === b.length && a.every((scale, at) => scale === b[at]))
      return known.rounded;
    const rounded = round();
    this.#known.set(place, { nearest, rounded });
    return rounded;
  }
}

/** Writes a plan into the model, or into a copy of the one that was calibrated. Returns the ranges, by the values' names. */
export function emitCalibrated(
  model: Model,
  plan: StaticPlan,
  calibration: StaticCalibration,
  { target, method, weights, wide, ranges, rounding, overrides }: EmitOptions,
  rounded: RoundedWeights,
): ReadonlyMap<string, Range> {
  const { graph } = model;
  const places = placesOf(graph);
  const nodes = [...places.keys()];
  const histograms = new Map(
    valuesToObserve(plan).flatMap((value) => {
      const histogram = calibration.histograms.get(value.name);
      return histogram === undefined ? [] : [[value, histogram] as const];
    }),
  );
  const parameters = chooseParameters(plan, histograms, target, {
    methodOf: ({ name }) => overrides?.methodOf(name),
    usual: method,
    given: ({ name }) => overrides?.rangeOf(name) ?? ranges?.get(name),
  });
  const used = rangesOf(parameters, target);
  emitQdq(graph, plan, parameters, {
    target,
    precisionOf: (node) => {
      const isWide = wide?.has(places.get(node) ?? -1) === true;
      const usual = weights.bits === 4 && isWide ? eightBits : weights;
      return overrides?.precisionOf(node, usual) ?? usual;
    },
    perChannel: model.opset >= 13,
    moments: new Map(
      [...calibration.moments]
        .map(([place, moments]) => [nodes[place]!, moments] as const)
        .filter(([node]) => overrides?.roundingOf(node, rounding ?? 'output') !== 'nearest'),
    ),
    inputMeans: new Map([...calibration.means].map(([place, means]) => [nodes[place]!, means])),
    remember: (node, nearest, round) => rounded.of(places.get(node)!, nearest, round),
  });
  if (target.placement !== 'inputs') {
    if (model.opset >= 13) protectFloatWeights(graph);
    poolBeforeActivation(graph);
  }
  removeDead(graph);
  return used;
}
